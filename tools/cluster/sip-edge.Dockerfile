# The development SIP edge in the place of drachtio-server, for the test cluster only. Built with
# services/sandbox as its context, on the bridge's image, which has all that it imports.
FROM patchbay/bridge:dev
COPY sip services/sandbox/sip
COPY sip-edge services/sandbox/sip-edge
COPY package.json services/sandbox/
ENTRYPOINT ["node", "services/sandbox/sip-edge/main.ts"]
