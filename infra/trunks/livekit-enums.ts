/** Numbers of LiveKit's protocol (livekit_sip.proto); its server SDK does not export the enums. */
export const LIVEKIT_MEDIA_ENCRYPTION = { off: 0, allow: 1, require: 2 } as const;
export type MediaEncryption = keyof typeof LIVEKIT_MEDIA_ENCRYPTION;

export const LIVEKIT_TRANSPORT = { auto: 0, udp: 1, tcp: 2, tls: 3 } as const;
export type SipTransport = keyof typeof LIVEKIT_TRANSPORT;
