{{- define "bridge.config" -}}
{{- $env := dict
  "LIVEKIT_URL" .Values.livekit.url
  "OPS_HOST" .Values.listenAddress
  "OPS_PORT" (int .Values.service.opsPort)
  "DRACHTIO_HOST" "127.0.0.1"
  "DRACHTIO_PORT" (int .Values.drachtio.port)
  "BRIDGE_TRUNKS" (.Values.trunks | toJson)
  "BRIDGE_UNKNOWN_SOURCE" .Values.admission.unknownSource
  "BRIDGE_SOURCE_CALLS_PER_SECOND" .Values.admission.sourceCallsPerSecond
  "AGENT_CATALOG_URL" .Values.agentCatalogUrl
  "AGENT_CATALOG_REFRESH_MS" (int64 .Values.agentCatalog.refreshMs)
  "AGENT_CATALOG_STALE_MS" (int64 .Values.agentCatalog.staleMs)
  "BRIDGE_MAX_CALLS" (.Values.admission.maxCalls | int | default "")
  "BRIDGE_RTP_BIND" .Values.rtp.bindAddress
  "BRIDGE_RTP_PORT_MIN" (int .Values.rtp.portMin)
  "BRIDGE_RTP_PORT_MAX" (int .Values.rtp.portMax)
  "BRIDGE_RTP_REST_MS" (int64 .Values.rtp.restMs)
  "BRIDGE_RTP_LATCH" .Values.rtp.latch
  "BRIDGE_AGENT_WAIT_MS" (int64 .Values.limits.agentWaitMs)
  "BRIDGE_MEDIA_START_TIMEOUT_MS" (int64 .Values.limits.mediaStartTimeoutMs)
  "BRIDGE_MEDIA_TIMEOUT_MS" (int64 .Values.limits.mediaTimeoutMs)
  "BRIDGE_RING_LIMIT_MS" (int64 .Values.limits.ringLimitMs)
  "BRIDGE_CONTROL_PORT" (int .Values.control.port)
  "BRIDGE_CONTROL_HOST" .Values.listenAddress
  "BRIDGE_MAX_CALL_MS" (int64 .Values.limits.maxCallMs)
  "BRIDGE_DRAIN_LIMIT_MS" (mul (int64 .Values.drain.limitSeconds) 1000)
  "BRIDGE_ENGINE" .Values.engine
  "BRIDGE_MEDIA_WORKERS" (int .Values.mediaWorkers)
  "LOG_LEVEL" .Values.logLevel
  "LOG_PERSONAL_DATA" (ternary "yes" "no" .Values.logPersonalData)
  "OTEL_EXPORTER_OTLP_ENDPOINT" .Values.otel.endpoint
  "OTEL_TRACES_SAMPLER_ARG" (.Values.otel.share | toString)
  "CALL_RECORD_URL" .Values.callRecords.url
-}}
{{ include "patchbay.envConfigMap" (dict "root" . "env" $env) }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "patchbay.metadata" (dict "root" . "suffix" "files") | nindent 2 }}
data:
  drachtio.conf.xml: |
    {{- .Files.Get "files/drachtio.conf.xml" | nindent 4 }}
  start-drachtio.sh: |
    {{- .Files.Get "files/start-drachtio.sh" | nindent 4 }}
  {{- if include "bridge.asksForAddress" . }}
  find-public-address.mjs: |
    {{- .Files.Get "files/find-public-address.mjs" | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "bridge.secrets" -}}
{{ include "patchbay.livekitSecret" . }}
{{- if not .Values.drachtio.existingSecret }}
---
{{ include "patchbay.secret" (dict "root" . "suffix" "drachtio" "data" (dict "DRACHTIO_SECRET" .Values.drachtio.secret)) }}
{{- end }}
{{- end -}}

{{/* Not empty if an init container has to ask the Kubernetes API for the node's public address. */}}
{{- define "bridge.asksForAddress" -}}
{{- if and (not .Values.publicAddress.address) (eq .Values.publicAddress.source "node") -}}yes{{- end -}}
{{- end -}}

{{/* The public address as a variable of the given name, or the file it will be found in. root, name. */}}
{{- define "bridge.addressVariable" -}}
{{- if include "bridge.asksForAddress" .root -}}
- name: PUBLIC_ADDRESS_FILE
  value: /run/patchbay/public-address
{{- else if .root.Values.publicAddress.address -}}
- name: {{ .name }}
  value: {{ .root.Values.publicAddress.address | quote }}
{{- else -}}
{{ include "patchbay.fieldVariable" (dict "name" .name "path" "status.hostIP") }}
{{- end -}}
{{- end -}}

{{- define "bridge.drachtioSecretVariable" -}}
{{ include "patchbay.secretVariable" (dict "secret" (include "patchbay.secretName" (dict "root" . "of" .Values.drachtio "suffix" "drachtio")) "name" "DRACHTIO_SECRET") }}
{{- end -}}

{{/* The transports of the plain SIP port, with commas. */}}
{{- define "bridge.plainTransports" -}}
{{- without .Values.sip.transports "tls" | join "," -}}
{{- end -}}
