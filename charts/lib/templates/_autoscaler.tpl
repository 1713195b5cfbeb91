{{/*
Scales a Deployment: KEDA on a Prometheus query, or a plain HPA on CPU.
root; query (PromQL) and perPod (what one pod may hold of it) are for KEDA.

Scaling down takes one pod in a while and only tells it to end: it drains like in a rollout, so
no call is cut.
*/}}
{{- define "patchbay.autoscaler" -}}
{{- $root := .root -}}
{{- with .root.Values.autoscaling }}
{{- if .enabled }}
{{- if eq .kind "keda" }}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  {{- include "patchbay.metadata" (dict "root" $root) | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "patchbay.fullname" $root }}
  minReplicaCount: {{ int .minReplicas }}
  maxReplicaCount: {{ int .maxReplicas }}
  pollingInterval: {{ int .keda.pollingSeconds }}
  # Without Prometheus nobody knows how many calls there are: stay, or grow to the smallest size.
  fallback:
    failureThreshold: 3
    replicas: {{ int .minReplicas }}
    behavior: currentReplicasIfHigher
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        {{- include "patchbay.scalingBehavior" . | nindent 8 }}
  triggers:
    - type: prometheus
      metricType: AverageValue
      metadata:
        serverAddress: {{ .keda.prometheusUrl | quote }}
        query: {{ .keda.query | default $.query | quote }}
        threshold: {{ $.perPod | toString | quote }}
      {{- with .keda.authentication }}
      authenticationRef:
        name: {{ . }}
      {{- end }}
{{- else }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "patchbay.metadata" (dict "root" $root) | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "patchbay.fullname" $root }}
  minReplicas: {{ int .minReplicas }}
  maxReplicas: {{ int .maxReplicas }}
  behavior:
    {{- include "patchbay.scalingBehavior" . | nindent 4 }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ int .hpa.cpuPercent }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "patchbay.scalingBehavior" -}}
scaleUp:
  stabilizationWindowSeconds: 0
  policies:
    - { type: Pods, value: 2, periodSeconds: 60 }
    - { type: Percent, value: 100, periodSeconds: 60 }
  selectPolicy: Max
scaleDown:
  stabilizationWindowSeconds: {{ int .scaleDown.waitSeconds }}
  policies:
    - { type: Pods, value: 1, periodSeconds: {{ int .scaleDown.secondsPerPod }} }
{{- end -}}
