{{- define "api.config" -}}
{{- $env := dict
  "LIVEKIT_URL" .Values.livekit.url
  "PUBLIC_LIVEKIT_URL" .Values.livekit.publicUrl
  "API_HOST" .Values.listenAddress
  "API_PORT" (int .Values.service.port)
  "OPS_HOST" .Values.listenAddress
  "OPS_PORT" (int .Values.service.opsPort)
  "AGENT_CATALOG_URL" .Values.agentCatalogUrl
  "AGENT_CATALOG_REFRESH_MS" (int64 .Values.agentCatalog.refreshMs)
  "AGENT_CATALOG_STALE_MS" (int64 .Values.agentCatalog.staleMs)
  "API_SESSION_TTL_SECONDS" (int64 .Values.session.ttlSeconds)
  "API_TOKEN_TTL_SECONDS" (int64 .Values.tokenTtlSeconds)
  "API_RATE_LIMIT_PER_MINUTE" (int64 .Values.rateLimit.perMinute)
  "API_RATE_LIMIT_PER_KEY" (int64 .Values.rateLimit.perKeyPerMinute)
  "API_MAX_CALLS_PER_CALLER" (int64 .Values.rateLimit.callsPerCaller)
  "API_OUTBOUND" (.Values.outbound.vias | toJson)
  "API_OUTBOUND_PER_MINUTE" (int64 .Values.outbound.perMinute)
  "API_MAX_OUTBOUND_CALLS" (int64 .Values.outbound.maxCalls)
  "API_TRUST_PROXY" (.Values.trustProxy | default (ternary "1" "" .Values.ingress.enabled))
  "LOG_LEVEL" .Values.logLevel
  "LOG_PERSONAL_DATA" (ternary "yes" "no" .Values.logPersonalData)
  "OTEL_EXPORTER_OTLP_ENDPOINT" .Values.otel.endpoint
  "OTEL_TRACES_SAMPLER_ARG" (.Values.otel.share | toString)
  "CALL_RECORD_URL" .Values.callRecords.url
-}}
{{ include "patchbay.envConfigMap" (dict "root" . "env" $env) }}
{{- end -}}

{{- define "api.secrets" -}}
{{ include "patchbay.livekitSecret" . }}
{{- if not .Values.session.existingSecret }}
---
{{ include "patchbay.secret" (dict "root" . "suffix" "session" "data" (dict "API_SESSION_SECRET" .Values.session.secret)) }}
{{- end }}
{{- if and .Values.accessKeys.keys (not .Values.accessKeys.existingSecret) }}
---
{{ include "patchbay.secret" (dict "root" . "suffix" "access-keys" "data" (dict "API_ACCESS_KEYS" (join "," .Values.accessKeys.keys))) }}
{{- end }}
{{- end -}}
