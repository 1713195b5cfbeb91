{{- define "agent.config" -}}
{{- $env := dict
  "LIVEKIT_URL" .Values.livekit.url
  "OPS_HOST" .Values.listenAddress
  "OPS_PORT" (int .Values.service.opsPort)
  "AGENT_WORKER_PORT" (int .Values.workerPort)
  "AGENT_MAX_CALLS" (int .Values.maxCalls)
  "AGENT_IDLE_PROCESSES" (int .Values.idleProcesses)
  "AGENT_DRAIN_LIMIT_MS" (mul (int64 .Values.drain.limitSeconds) 1000)
  "AGENT_REPLY_LIMIT_MS" (int64 .Values.replyLimitMs)
  "AGENT_TURN_DETECTION" .Values.turn.detection
  "AGENT_TURN_MIN_DELAY_MS" (int64 .Values.turn.minDelayMs)
  "AGENT_TURN_MAX_DELAY_MS" (int64 .Values.turn.maxDelayMs)
  "AGENT_VAD_SILENCE_MS" (int64 .Values.turn.vadSilenceMs)
  "BANK_API_URL" .Values.bank.apiUrl
  "BANK_DEFAULT_CUSTOMER" .Values.bank.defaultCustomer
  "LOG_LEVEL" .Values.logLevel
  "LOG_PERSONAL_DATA" (ternary "yes" "no" .Values.logPersonalData)
  "OTEL_EXPORTER_OTLP_ENDPOINT" .Values.otel.endpoint
  "OTEL_TRACES_SAMPLER_ARG" (.Values.otel.share | toString)
-}}
{{ include "patchbay.envConfigMap" (dict "root" . "env" (merge $env .Values.providers.baseUrls)) }}
{{- end -}}

{{- define "agent.secrets" -}}
{{ include "patchbay.livekitSecret" . }}
{{- if and .Values.providers.keys (not .Values.providers.existingSecret) }}
---
{{ include "patchbay.secret" (dict "root" . "suffix" "providers" "data" .Values.providers.keys) }}
{{- end }}
{{- end -}}
