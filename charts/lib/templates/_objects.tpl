{{- define "patchbay.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "patchbay.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
  labels:
    {{- include "patchbay.labels" . | nindent 4 }}
  {{- with .Values.serviceAccount.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
automountServiceAccountToken: false
{{- end }}
{{- end -}}

{{/* Evictions (node drains, cluster autoscaler) take so many pods at once; each still drains. */}}
{{- define "patchbay.podDisruptionBudget" -}}
{{- if .Values.podDisruptionBudget.enabled }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "patchbay.metadata" (dict "root" .) | nindent 2 }}
spec:
  maxUnavailable: {{ .Values.podDisruptionBudget.maxUnavailable }}
  selector:
    matchLabels:
      {{- include "patchbay.selectorLabels" . | nindent 6 }}
{{- end }}
{{- end -}}

{{/* Keys given inline, as a Secret. root, suffix, data (name → value; empty ones are left out). */}}
{{- define "patchbay.secret" -}}
apiVersion: v1
kind: Secret
metadata:
  {{- include "patchbay.metadata" (dict "root" .root "suffix" .suffix) | nindent 2 }}
type: Opaque
stringData:
  {{- range $name, $value := .data }}
  {{- if $value }}
  {{ $name }}: {{ $value | toString | quote }}
  {{- end }}
  {{- end }}
{{- end -}}

{{/* The LiveKit keys given inline, as a Secret; nothing if an existing one is named. */}}
{{- define "patchbay.livekitSecret" -}}
{{- if not .Values.livekit.existingSecret }}
{{ include "patchbay.secret" (dict "root" . "suffix" "livekit" "data" (dict "LIVEKIT_API_KEY" .Values.livekit.apiKey "LIVEKIT_API_SECRET" .Values.livekit.apiSecret)) }}
{{- end }}
{{- end -}}

{{- define "patchbay.livekitKeyVariables" -}}
{{- $secret := include "patchbay.secretName" (dict "root" . "of" .Values.livekit "suffix" "livekit") -}}
{{ include "patchbay.secretVariable" (dict "secret" $secret "name" "LIVEKIT_API_KEY") }}
{{ include "patchbay.secretVariable" (dict "secret" $secret "name" "LIVEKIT_API_SECRET") }}
{{- end -}}

{{/* ConfigMap of environment variables. root, env (name → text; empty ones are left out). */}}
{{- define "patchbay.envConfigMap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "patchbay.metadata" (dict "root" .root "suffix" "env") | nindent 2 }}
data:
  {{- range $name, $value := .env }}
  {{- if ne (toString $value) "" }}
  {{ $name }}: {{ $value | toString | quote }}
  {{- end }}
  {{- end }}
{{- end -}}

{{/*
What `helm test` runs: a pod as restricted as the others, gone when it has succeeded.
root, image, command (list), and optionally env (list) and args.
*/}}
{{- define "patchbay.testPod" -}}
apiVersion: v1
kind: Pod
metadata:
  name: {{ include "patchbay.fullname" .root }}-test
  namespace: {{ .root.Release.Namespace }}
  labels:
    app.kubernetes.io/name: {{ include "patchbay.name" .root }}-test
    app.kubernetes.io/instance: {{ .root.Release.Name }}
    app.kubernetes.io/component: test
    app.kubernetes.io/part-of: patchbay
    app.kubernetes.io/managed-by: {{ .root.Release.Service }}
  annotations:
    helm.sh/hook: test
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  restartPolicy: Never
  activeDeadlineSeconds: 120
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- include "patchbay.imagePullSecrets" .root | nindent 2 }}
  securityContext:
    {{- include "patchbay.podSecurityContext" .root | nindent 4 }}
  containers:
    - name: test
      image: {{ include "patchbay.image" .image }}
      imagePullPolicy: {{ .image.pullPolicy }}
      command:
        {{- toYaml .command | nindent 8 }}
      {{- with .env }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- include "patchbay.containerSecurityContext" .root | nindent 8 }}
      resources:
        requests: { cpu: 10m, memory: 64Mi }
        limits: { memory: 256Mi }
{{- end -}}
