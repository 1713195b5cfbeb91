{{/*
LiveKit SIP's configuration. It has no variables for Redis's password and the public address, so the
whole of it is a variable into which Kubernetes puts those two.
*/}}
{{- define "livekit-sip.body" -}}
{{- $config := dict
  "health_port" (int .Values.service.healthPort)
  "prometheus_port" (int .Values.metrics.port)
  "sip_port" (int .Values.sip.port)
  "rtp_port" (printf "%d-%d" (int .Values.rtp.portMin) (int .Values.rtp.portMax))
  "hide_inbound_port" .Values.sip.hideInboundPort
  "logging" (dict "json" true "level" .Values.logLevel)
-}}
{{- with .Values.redis -}}
{{- $redis := dict "address" .address "db" (int .db) "use_tls" .tls -}}
{{- if .username }}{{ $_ := set $redis "username" .username }}{{ end -}}
{{- if or .existingSecret .password }}{{ $_ := set $redis "password" "$(REDIS_PASSWORD)" }}{{ end -}}
{{- $_ := set $config "redis" $redis -}}
{{- end -}}
{{- if .Values.sip.tls.existingSecret -}}
{{- $cert := dict "cert_file" "/etc/livekit-sip-tls/tls.crt" "key_file" "/etc/livekit-sip-tls/tls.key" -}}
{{- $_ := set $config "tls" (dict "port" (int .Values.sip.tlsPort) "certs" (list $cert)) -}}
{{- end -}}
{{- with .Values.publicAddress -}}
{{- if .address }}{{ $_ := set $config "nat_1_to_1_ip" .address -}}
{{- else if eq .source "hostIP" }}{{ $_ := set $config "nat_1_to_1_ip" "$(HOST_IP)" -}}
{{- else }}{{ $_ := set $config "use_external_ip" true -}}
{{- end -}}
{{- if .localNet }}{{ $_ := set $config "local_net" .localNet }}{{ end -}}
{{- end -}}
{{- toYaml (mergeOverwrite $config (deepCopy .Values.extraConfig)) | replace "$(REDIS_PASSWORD)" "'$(REDIS_PASSWORD)'" -}}
{{- end -}}

{{- define "livekit-sip.secrets" -}}
{{ include "patchbay.livekitSecret" . }}
{{- if and .Values.redis.password (not .Values.redis.existingSecret) }}
---
{{ include "patchbay.secret" (dict "root" . "suffix" "redis" "data" (dict "REDIS_PASSWORD" .Values.redis.password)) }}
{{- end }}
{{- end -}}
