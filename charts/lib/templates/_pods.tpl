{{/* An image by digest if one is given, else by tag. image: repository, tag, digest. */}}
{{- define "patchbay.image" -}}
{{- if .digest -}}
{{ .repository }}{{ with .tag }}:{{ . }}{{ end }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag }}
{{- end -}}
{{- end -}}

{{- define "patchbay.imagePullSecrets" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Meets Pod Security `restricted`. */}}
{{- define "patchbay.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: {{ int64 .Values.runAsUser }}
runAsGroup: {{ int64 .Values.runAsUser }}
fsGroup: {{ int64 .Values.runAsUser }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "patchbay.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Where pods go: node pool, tolerations, affinity, spread. */}}
{{- define "patchbay.scheduling" -}}
{{- $selector := .Values.nodeSelector | default dict | deepCopy }}
{{- $tolerations := .Values.tolerations | default list }}
{{- with .Values.nodePool }}
{{- $_ := set $selector "patchbay.dev/pool" . }}
{{- $pool := dict "key" "patchbay.dev/pool" "operator" "Equal" "value" . "effect" "NoSchedule" }}
{{- $tolerations = prepend $tolerations $pool }}
{{- end }}
{{- with $selector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .Values.affinity }}
affinity:
  {{- toYaml .Values.affinity | nindent 2 }}
{{- else if .Values.hostNetwork }}
affinity:
  podAntiAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "patchbay.selectorLabels" . | nindent 12 }}
{{- end }}
{{- if .Values.topologySpread }}
topologySpreadConstraints:
  {{- range .Values.topologySpread }}
  - topologyKey: {{ .topologyKey }}
    maxSkew: {{ .maxSkew | default 1 | int }}
    whenUnsatisfiable: {{ .whenUnsatisfiable | default "ScheduleAnyway" }}
    labelSelector:
      matchLabels:
        {{- include "patchbay.selectorLabels" $ | nindent 8 }}
  {{- end }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{/* The container's own command and arguments, where the values give any. */}}
{{- define "patchbay.command" -}}
{{- with .Values.command }}
command:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.args }}
args:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* A variable out of a Secret, under the same name. secret, name, optionally key and optional. */}}
{{- define "patchbay.secretVariable" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secret }}
      key: {{ .key | default .name }}
      {{- if .optional }}
      optional: true
      {{- end }}
{{- end -}}

{{/* A variable out of the pod's own description. name, path. */}}
{{- define "patchbay.fieldVariable" -}}
- name: {{ .name }}
  valueFrom:
    fieldRef:
      apiVersion: v1
      fieldPath: {{ .path }}
{{- end -}}

{{/* Secret that holds a thing's keys: the existing one, or this release's own. root, of, suffix. */}}
{{- define "patchbay.secretName" -}}
{{- .of.existingSecret | default (printf "%s-%s" (include "patchbay.fullname" .root) .suffix) -}}
{{- end -}}

{{/*
A HTTP probe. path, port, and optionally period, timeout and failures. The defaults bear a busy
moment of some seconds: a probe that kills a pod kills its calls.
*/}}
{{- define "patchbay.httpProbe" -}}
httpGet:
  path: {{ .path }}
  port: {{ .port }}
periodSeconds: {{ .period | default 10 }}
timeoutSeconds: {{ .timeout | default 5 }}
failureThreshold: {{ .failures | default 3 }}
{{- end -}}

{{/* Seconds a pod has between SIGTERM and SIGKILL: what is given, else drain limit and margin. */}}
{{- define "patchbay.gracePeriod" -}}
{{- if .Values.terminationGracePeriodSeconds -}}
{{- int64 .Values.terminationGracePeriodSeconds -}}
{{- else -}}
{{- add (int64 .Values.drain.limitSeconds) (int64 .Values.drain.marginSeconds) -}}
{{- end -}}
{{- end -}}

{{/* How long a rollout may stand still before it counts as failed: one pod's whole drain and a start. */}}
{{- define "patchbay.progressDeadline" -}}
{{- add (include "patchbay.gracePeriod" . | int64) 600 -}}
{{- end -}}
