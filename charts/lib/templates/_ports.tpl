{{/*
Ports of parts that live on one node with hostNetwork. A range is
{ name, min, max, protocol: udp | tcp | both, set: where its numbers stand in the values }.
*/}}
{{- define "patchbay.rangeText" -}}
{{- $ports := ternary (toString (int .min)) (printf "%d-%d" (int .min) (int .max)) (eq (int .min) (int .max)) -}}
{{ .name }} {{ $ports }}
{{- end -}}

{{/* Fault if two ranges share a port. to, a, b, help. */}}
{{- define "patchbay.checkCollision" -}}
{{- $from := max (int .a.min) (int .b.min) -}}
{{- $until := min (int .a.max) (int .b.max) -}}
{{- $pa := .a.protocol | default "both" -}}
{{- $pb := .b.protocol | default "both" -}}
{{- if and (le $from $until) (or (eq $pa $pb) (eq $pa "both") (eq $pb "both")) -}}
{{- $shared := ternary (printf "port %d" $from) (printf "ports %d-%d" $from $until) (eq $from $until) -}}
{{- include "patchbay.fault" (dict "to" .to "say" (printf "ports collide on a media node: %s and %s share %s; %s" (include "patchbay.rangeText" .a) (include "patchbay.rangeText" .b) $shared .help)) -}}
{{- end -}}
{{- end -}}

{{/* root, to, own (list of ranges). Others on the same node are in portRanges.others. */}}
{{- define "patchbay.checkPorts" -}}
{{- $to := .to -}}
{{- $own := .own -}}
{{- range $i, $a := $own -}}
{{- if gt (int $a.min) (int $a.max) -}}
{{- include "patchbay.fault" (dict "to" $to "say" (printf "%s: the lowest port (%d) is above the highest (%d)" $a.set (int $a.min) (int $a.max))) -}}
{{- end -}}
{{- range $b := slice $own (add1 $i | int) -}}
{{- include "patchbay.checkCollision" (dict "to" $to "a" $a "b" $b "help" (printf "move %s or %s" $a.set $b.set)) -}}
{{- end -}}
{{- range $b := $.root.Values.portRanges.others -}}
{{- include "patchbay.checkCollision" (dict "to" $to "a" $a "b" $b "help" (printf "move %s, or correct portRanges.others" $a.set)) -}}
{{- end -}}
{{- if gt (int $a.max) (int $a.min) -}}
{{- include "patchbay.checkReserved" (dict "root" $.root "to" $to "range" $a) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
Linux takes ports for outgoing connections from 32768-60999. A media range in there loses a call now
and then to a look-up of a name, unless the nodes keep it free (net.ipv4.ip_local_reserved_ports).
root, to, range.
*/}}
{{- define "patchbay.checkReserved" -}}
{{- $from := max (int .range.min) 32768 -}}
{{- $until := min (int .range.max) 60999 -}}
{{- if le $from $until -}}
{{- $kept := dict -}}
{{- range .root.Values.portRanges.reservedOnNodes -}}
{{- if and (le (int .min) $from) (ge (int .max) $until) -}}{{- $_ := set $kept "yes" true -}}{{- end -}}
{{- end -}}
{{- if not $kept.yes -}}
{{- include "patchbay.fault" (dict "to" .to "say" (printf "%s lies in 32768-60999, where Linux takes ports for outgoing connections: set %s below that, or set net.ipv4.ip_local_reserved_ports=%d-%d on the media nodes and say so in portRanges.reservedOnNodes" (include "patchbay.rangeText" .range) .range.set $from $until)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
