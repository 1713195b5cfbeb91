{{- define "redis.config" -}}
port {{ int .Values.service.port }}
bind * -::*
save ""
appendonly no
dir /tmp
maxmemory {{ .Values.maxMemory }}
maxmemory-policy volatile-lru
{{- end -}}
