import type { MediaDescription } from 'sdp-transform';
import { SRTP_KEY_BYTES, SRTP_SUITES, type SrtpSuite } from '../rtp/srtp.ts';

export const PLAIN_AUDIO = 'RTP/AVP';
export const SECURE_AUDIO = 'RTP/SAVP';

/** Whether a trunk speaks SRTP: never, where it is offered to us, or always. */
export const MEDIA_ENCRYPTIONS = ['off', 'allow', 'require'] as const;
export type MediaEncryption = (typeof MEDIA_ENCRYPTIONS)[number];

/** The `a=crypto` line of the other side that was chosen (RFC 4568 §5.1.2). */
export interface SrtpChoice {
  tag: number;
  suite: SrtpSuite;
  /** What the other side protects its packets with: master key and salt. */
  remoteKey: Buffer;
}

/** What an offer of ours says: the tag of its only line, and its suite. */
export type OfferedSrtp = Pick<SrtpChoice, 'tag' | 'suite'>;

/** The suite that everybody must have (RFC 4568 §6.2.1). */
export const OWN_SRTP: OfferedSrtp = { tag: 1, suite: 'AES_CM_128_HMAC_SHA1_80' };

/** True for a line of audio that can be spoken: plain, or protected in a way we know. */
export function isSpeakable(media: MediaDescription, encryption: MediaEncryption): boolean {
  if (media.type !== 'audio' || media.port === 0) return false;
  if (media.protocol === PLAIN_AUDIO) return encryption !== 'require';
  if (media.protocol !== SECURE_AUDIO || encryption === 'off') return false;
  return srtpChoiceOf(media) !== undefined;
}

/** What {@link isSpeakable} asks for, in words. */
export function speakableWords(encryption: MediaEncryption): string {
  const plain = PLAIN_AUDIO;
  const secure = `${SECURE_AUDIO} and known keys`;
  if (encryption === 'allow') return `${plain}, or ${secure}`;
  return encryption === 'off' ? plain : secure;
}

/** The first `a=crypto` of a protected line that we can take; undefined on a plain line. */
export function srtpChoiceOf(media: MediaDescription): SrtpChoice | undefined {
  if (media.protocol !== SECURE_AUDIO) return undefined;
  for (const { id, suite, config, sessionConfig } of media.crypto ?? []) {
    const known = SRTP_SUITES.find((name) => name === suite);
    const remoteKey = keyOf(config);
    // Session parameters change the protection (§6.3): none of them is known here.
    if (known && remoteKey && !sessionConfig) return { tag: Number(id), suite: known, remoteKey };
  }
  return undefined;
}

/** Our own line: the tag and suite that were chosen, and the key our packets are protected with. */
export function cryptoLine({ tag, suite }: OfferedSrtp, localKey: Buffer) {
  return { id: tag, suite, config: `inline:${localKey.toString('base64')}` };
}

/** `inline:<key and salt>[|lifetime][|MKI:length]` (§9.2). Keys with an MKI are not taken. */
function keyOf(config: string): Buffer | undefined {
  const found = /^inline:([A-Za-z0-9+/]{40})(?:\|(?:2\^)?\d+)?$/.exec(config.trim());
  const key = Buffer.from(found?.[1] ?? '', 'base64');
  return key.length === SRTP_KEY_BYTES ? key : undefined;
}
