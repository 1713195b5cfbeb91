{{/* Port of a URL: the one it names, else its scheme's. */}}
{{- define "patchbay.urlPort" -}}
{{- $url := urlParse . -}}
{{- if regexMatch ":[0-9]+$" $url.host -}}
{{- regexFind "[0-9]+$" $url.host -}}
{{- else if has $url.scheme (list "https" "wss") -}}
443
{{- else -}}
80
{{- end -}}
{{- end -}}

{{/* Egress to any DNS server: in the cluster, on the node, or a resolver outside. */}}
{{- define "patchbay.dnsEgress" -}}
- ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
{{- end -}}

{{/* Egress to the ports of the URLs given; those that are empty are left out. A list of URLs. */}}
{{- define "patchbay.egressTo" -}}
{{- $ports := list -}}
{{- range . }}
{{- if . }}
{{- $ports = append $ports (include "patchbay.urlPort" .) }}
{{- end }}
{{- end }}
{{- with $ports | uniq }}
- ports:
    {{- range . }}
    - { protocol: TCP, port: {{ . }} }
    {{- end }}
{{- end }}
{{- end -}}

{{/*
Who may come: the peers given and `helm test`'s pod, or everyone if none are given. root, peers.
*/}}
{{- define "patchbay.from" -}}
{{- with .peers }}
from:
  {{- toYaml . | nindent 2 }}
  - podSelector:
      matchLabels:
        app.kubernetes.io/name: {{ include "patchbay.name" $.root }}-test
        app.kubernetes.io/instance: {{ $.root.Release.Name }}
{{- end }}
{{- end -}}

{{/*
Ingress to the metrics and health port: from `networkPolicy.metricsFrom`, or from everywhere if that
is empty. Kubelet's probes are never held up by a policy. root, port.
*/}}
{{- define "patchbay.metricsIngress" -}}
- ports:
    - { protocol: TCP, port: {{ .port }} }
  {{- include "patchbay.from" (dict "root" .root "peers" .root.Values.networkPolicy.metricsFrom) | nindent 2 }}
{{- end -}}
