{{/* LiveKit's configuration without its secrets, which come as variables. */}}
{{- define "livekit-server.livekit" -}}
{{- $rtc := dict
  "tcp_port" (int .Values.rtc.tcpPort)
  "port_range_start" (int .Values.rtc.portMin)
  "port_range_end" (int .Values.rtc.portMax)
  "use_external_ip" (and (not .Values.publicAddress.address) (eq .Values.publicAddress.source "stun"))
-}}
{{- $config := dict
  "port" (int .Values.service.port)
  "prometheus" (dict "port" (int .Values.metrics.port))
  "rtc" $rtc
  "room" (dict
    "auto_create" true
    "empty_timeout" (int .Values.room.emptyTimeoutSeconds)
    "departure_timeout" (int .Values.room.departureTimeoutSeconds))
  "logging" (dict "json" true "level" .Values.logLevel)
-}}
{{- with .Values.redis -}}
{{- if .address -}}
{{- $redis := dict "address" .address "db" (int .db) "use_tls" .tls -}}
{{- if .username }}{{ $_ := set $redis "username" .username }}{{ end -}}
{{- $_ := set $config "redis" $redis -}}
{{- end -}}
{{- end -}}
{{- with .Values.turn -}}
{{- if .enabled -}}
{{- $turn := dict
  "enabled" true
  "domain" .domain
  "udp_port" (int .udpPort)
  "tls_port" (int .tlsPort)
  "external_tls" .externalTls
  "relay_range_start" (int .relayPortMin)
  "relay_range_end" (int .relayPortMax) -}}
{{- $peers := .nodeCidrs -}}
{{- with $.Values.publicAddress.address -}}
{{- $peers = prepend $peers (printf "%s/%d" . (ternary 128 32 (contains ":" .))) -}}
{{- end -}}
{{- with $peers }}{{ $_ := set $turn "allow_restricted_peer_cidrs" . }}{{ end -}}
{{- $_ := set $config "turn" $turn -}}
{{- end -}}
{{- end -}}
{{- with .Values.webhookUrls }}{{ $_ := set $config "webhook" (dict "urls" .) }}{{ end -}}
{{- toYaml (mergeOverwrite $config (deepCopy .Values.extraConfig)) -}}
{{- end -}}

{{- define "livekit-server.config" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "patchbay.metadata" (dict "root" . "suffix" "config") | nindent 2 }}
data:
  livekit.yaml: |
    {{- include "livekit-server.livekit" . | nindent 4 }}
{{- end -}}

{{- define "livekit-server.secrets" -}}
{{- if not .Values.keys.existingSecret }}
{{ include "patchbay.secret" (dict "root" . "suffix" "keys" "data" (dict "LIVEKIT_API_KEY" .Values.keys.apiKey "LIVEKIT_API_SECRET" .Values.keys.apiSecret)) }}
{{- end }}
{{- if and .Values.redis.password (not .Values.redis.existingSecret) }}
---
{{ include "patchbay.secret" (dict "root" . "suffix" "redis" "data" (dict "REDIS_PASSWORD" .Values.redis.password)) }}
{{- end }}
{{- end -}}
