# Starts drachtio-server on the node's address and has it tell peers the public one.
set -eu
if [ -n "${PUBLIC_ADDRESS_FILE:-}" ]; then
  PUBLIC_ADDRESS="$(cat "$PUBLIC_ADDRESS_FILE")"
fi
set -- --file /etc/patchbay/drachtio.conf.xml

# The options after a contact belong to it.
if [ -n "$SIP_TRANSPORTS" ]; then
  set -- "$@" --contact "sip:$HOST_IP:$SIP_PORT;transport=$SIP_TRANSPORTS"
  [ "$PUBLIC_ADDRESS" = "$HOST_IP" ] || set -- "$@" --external-ip "$PUBLIC_ADDRESS"
  [ -z "${SIP_LOCAL_NET:-}" ] || set -- "$@" --local-net "$SIP_LOCAL_NET"
fi
if [ -n "${SIP_TLS_PORT:-}" ]; then
  set -- "$@" --contact "sips:$HOST_IP:$SIP_TLS_PORT;transport=tls"
  [ "$PUBLIC_ADDRESS" = "$HOST_IP" ] || set -- "$@" --external-ip "$PUBLIC_ADDRESS"
  [ -z "${SIP_LOCAL_NET:-}" ] || set -- "$@" --local-net "$SIP_LOCAL_NET"
  set -- "$@" --cert-file /etc/drachtio-tls/tls.crt --key-file /etc/drachtio-tls/tls.key
fi
exec drachtio "$@" --prometheus-scrape-port "$HOST_IP:$METRICS_PORT"
