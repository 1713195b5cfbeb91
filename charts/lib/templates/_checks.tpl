{{/*
Checks that a JSON schema can't say, in words and all at once. A chart's checks.yaml makes
`dict "list" list`, hands it to the checks as `to`, and ends with "patchbay.refuse".
*/}}
{{- define "patchbay.fault" -}}
{{- $_ := set .to "list" (append .to.list .say) -}}
{{- end -}}

{{/* Stops the rendering if there are faults. root, faults. */}}
{{- define "patchbay.refuse" -}}
{{- with .faults.list -}}
{{- fail (printf "\nThe values of %s have %d fault(s):\n  - %s\n" (include "patchbay.name" $.root) (len .) (join "\n  - " .)) -}}
{{- end -}}
{{- end -}}

{{/* to, image, path (where it stands in the values). */}}
{{- define "patchbay.checkImage" -}}
{{- if not (or .image.tag .image.digest) -}}
{{- include "patchbay.fault" (dict "to" .to "say" (printf "%s: give a tag or a digest; without one nobody knows what runs" .path)) -}}
{{- end -}}
{{- if and .image.digest (not (regexMatch "^sha256:[0-9a-f]{64}$" .image.digest)) -}}
{{- include "patchbay.fault" (dict "to" .to "say" (printf "%s.digest: %q must be sha256: and 64 hexadecimal digits" .path .image.digest)) -}}
{{- end -}}
{{- end -}}

{{/* to, value, path, schemes (list), and example if it has to be set. */}}
{{- define "patchbay.checkUrl" -}}
{{- if and .example (not .value) -}}
{{- include "patchbay.fault" (dict "to" .to "say" (printf "%s: must be set, for example %s" .path .example)) -}}
{{- else if .value -}}
{{- $url := urlParse .value -}}
{{- if or (not $url.host) (not (has $url.scheme .schemes)) -}}
{{- include "patchbay.fault" (dict "to" .to "say" (printf "%s: %q must be a URL that starts with %s://" .path .value (join ":// or " .schemes))) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
A thing's keys come from an existing Secret or stand inline, never both, never neither.
to, of (the values), path, keys (list of names), optional.
*/}}
{{- define "patchbay.checkKeys" -}}
{{- $given := list -}}
{{- range .keys }}{{ if index $.of . }}{{ $given = append $given . }}{{ end }}{{ end -}}
{{- if and .of.existingSecret $given -}}
{{- include "patchbay.fault" (dict "to" .to "say" (printf "%s: existingSecret (%s) and %s are both given; keep one" .path .of.existingSecret (join ", " $given))) -}}
{{- else if and (not .of.existingSecret) (ne (len $given) (len .keys)) (not (and .optional (not $given))) -}}
{{- include "patchbay.fault" (dict "to" .to "say" (printf "%s: name an existingSecret, or (for development) give %s" .path (join " and " .keys))) -}}
{{- end -}}
{{- end -}}

{{/* to, value, path, least. Secrets only: the value is never shown. */}}
{{- define "patchbay.checkLength" -}}
{{- if and .value (lt (len (toString .value)) (int .least)) -}}
{{- include "patchbay.fault" (dict "to" .to "say" (printf "%s: must have at least %d characters" .path (int .least))) -}}
{{- end -}}
{{- end -}}

{{/* to, values (list), path. */}}
{{- define "patchbay.checkCidrs" -}}
{{- range .values -}}
{{- if not (regexMatch "^[0-9a-fA-F.:]+/[0-9]{1,3}$" .) -}}
{{- include "patchbay.fault" (dict "to" $.to "say" (printf "%s: %q must be a CIDR, for example 203.0.113.0/24" $.path .)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* LiveKit's address and keys. root, to. */}}
{{- define "patchbay.checkLivekit" -}}
{{- $livekit := .root.Values.livekit -}}
{{- include "patchbay.checkUrl" (dict "to" .to "value" $livekit.url "path" "livekit.url" "example" "ws://livekit-server.patchbay-media.svc:7880" "schemes" (list "ws" "wss" "http" "https")) -}}
{{- include "patchbay.checkKeys" (dict "to" .to "of" $livekit "path" "livekit" "keys" (list "apiKey" "apiSecret")) -}}
{{- include "patchbay.checkLength" (dict "to" .to "value" $livekit.apiSecret "path" "livekit.apiSecret" "least" 32) -}}
{{- end -}}

{{/* A pod must be given the time its calls are given. root, to. */}}
{{- define "patchbay.checkDrain" -}}
{{- $values := .root.Values -}}
{{- $least := add (int64 $values.drain.limitSeconds) (int64 $values.drain.marginSeconds) -}}
{{- if and $values.terminationGracePeriodSeconds (lt (int64 $values.terminationGracePeriodSeconds) $least) -}}
{{- include "patchbay.fault" (dict "to" .to "say" (printf "terminationGracePeriodSeconds: %d is shorter than the drain needs: drain.limitSeconds (%d) and drain.marginSeconds (%d) make %d; Kubernetes would kill the pod with its calls" (int64 $values.terminationGracePeriodSeconds) (int64 $values.drain.limitSeconds) (int64 $values.drain.marginSeconds) $least)) -}}
{{- end -}}
{{- end -}}

{{/* root, to. */}}
{{- define "patchbay.checkAutoscaling" -}}
{{- with .root.Values.autoscaling -}}
{{- if .enabled -}}
{{- if gt (int .minReplicas) (int .maxReplicas) -}}
{{- include "patchbay.fault" (dict "to" $.to "say" (printf "autoscaling: minReplicas (%d) is more than maxReplicas (%d)" (int .minReplicas) (int .maxReplicas))) -}}
{{- end -}}
{{- if and (eq .kind "keda") (not .keda.prometheusUrl) -}}
{{- include "patchbay.fault" (dict "to" $.to "say" "autoscaling.keda.prometheusUrl: must be set, KEDA reads the number of calls there; without Prometheus use kind: hpa") -}}
{{- end -}}
{{- include "patchbay.checkUrl" (dict "to" $.to "value" .keda.prometheusUrl "path" "autoscaling.keda.prometheusUrl" "schemes" (list "http" "https")) -}}
{{- if and (eq .kind "hpa") (not (dig "requests" "cpu" "" ($.root.Values.resources | default dict))) -}}
{{- include "patchbay.fault" (dict "to" $.to "say" "resources.requests.cpu: must be set for autoscaling.kind hpa, which scales on a share of it") -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
