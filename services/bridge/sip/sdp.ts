import { isIP, isIPv6 } from 'node:net';
import { parse, write, type MediaDescription, type SessionDescription } from 'sdp-transform';
import { PCMA, PCMU, type G711PayloadType } from '@patchbay/common/g711';
import {
  cryptoLine,
  isSpeakable,
  PLAIN_AUDIO,
  SECURE_AUDIO,
  speakableWords,
  srtpChoiceOf,
  type MediaEncryption,
  type OfferedSrtp,
  type SrtpChoice,
} from './sdp-crypto.ts';
import { rtcpPlaceOf, type RtcpPlace } from './sdp-rtcp.ts';

export const CODEC_NAMES = ['PCMA', 'PCMU'] as const;
export type CodecName = (typeof CODEC_NAMES)[number];

/** Which table of G.711 a codec name stands for. */
export const G711_OF: Readonly<Record<CodecName, G711PayloadType>> = { PCMA, PCMU };

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** What a trunk's calls may speak. */
export interface MediaTerms {
  codecs: readonly CodecName[];
  mediaEncryption: MediaEncryption;
}

/** What offer and answer agreed on. */
export interface MediaAgreement extends RtcpPlace {
  /** How the audio is protected; without it, it is not. */
  srtp?: SrtpChoice;
  codec: CodecName;
  /** The caller's numbers, used both ways (RFC 3264 §6.1). */
  payloadType: number;
  /** Payload type of telephone-event (RFC 4733), if the caller offered it. */
  telephoneEvent: number | undefined;
  /** Where the caller wants RTP; undefined if it gave a host name, or holds the old way. */
  remote: { address: string; port: number } | undefined;
  /** Our direction, as written in the answer. */
  direction: Direction;
}

export type OfferFault =
  /** The offer can't be read: 400. */
  | { kind: 'malformed'; problem: string }
  /** It can be read, but there is nothing we could speak: 488. */
  | { kind: 'not-acceptable'; problem: string };

export interface Offer {
  session: SessionDescription;
  /** Index of the audio line that is answered; the others are refused with port 0. */
  audioIndex: number;
  agreement: MediaAgreement;
}

const MAX_SDP_CHARACTERS = 16_384;

/**
 * Read an offer and choose: the first codec in the caller's order that the trunk allows.
 * Never throws.
 */
export function readOffer(
  sdp: string,
  { codecs, mediaEncryption }: MediaTerms,
  addressFamily: 4 | 6,
): Offer | OfferFault {
  if (sdp.trim() === '') return notAcceptable('the INVITE has no SDP offer');
  if (sdp.length > MAX_SDP_CHARACTERS) {
    return malformed(`SDP has ${sdp.length} characters, the most is ${MAX_SDP_CHARACTERS}`);
  }
  if (!/^v=0\r?\n/.test(sdp)) return malformed('SDP must begin with v=0');
  let session: SessionDescription;
  try {
    session = parse(sdp);
  } catch {
    return malformed('SDP can not be parsed');
  }
  if (!/^o=\S+ \S+ \S+ IN IP[46] \S+\r?$/m.test(sdp)) return malformed('SDP has no valid o= line');
  const audioIndex = session.media.findIndex((media) => isSpeakable(media, mediaEncryption));
  const audio = session.media[audioIndex];
  if (!audio) {
    return notAcceptable(`there is no m=audio line with ${speakableWords(mediaEncryption)}`);
  }
  if (!Number.isInteger(audio.port) || audio.port < 1 || audio.port > 65_535) {
    return malformed(`m=audio has port ${audio.port}, must be from 1 to 65535`);
  }
  const connection = audio.connection ?? session.connection;
  if (!connection) return malformed('SDP has no c= line for the audio');
  if (connection.version !== addressFamily) {
    return notAcceptable(
      `audio over IPv${connection.version} was offered, here is IPv${addressFamily}`,
    );
  }
  const chosen = chooseCodec(audio, codecs);
  if (!chosen) return notAcceptable(`no common codec: this trunk takes ${codecs.join(', ')}`);
  const address = connection.ip;
  // RFC 3264 §8.4: the wildcard address was once how a call was put on hold.
  const held = address === '0.0.0.0' || address === '::';
  const usable = !held && isIP(address) === addressFamily;
  const direction = mirror(directionOf(audio, session));
  const srtp = srtpChoiceOf(audio);
  return {
    session,
    audioIndex,
    agreement: {
      ...chosen,
      ...rtcpPlaceOf(audio),
      ...(srtp ? { srtp } : {}),
      telephoneEvent: telephoneEventOf(audio),
      remote: usable ? { address, port: audio.port } : undefined,
      direction: held ? withoutSending(direction) : direction,
    },
  };
}

export interface AnswerOptions {
  address: string;
  port: number;
  /** Master key and salt of what we send, where the audio is protected. */
  srtpKey: Buffer;
  /** RFC 4566 §5.2: the same session id for the whole call, the version grows when the answer changes. */
  sessionId: number;
  sessionVersion: number;
}

/** What we offer when the other side has not. */
export interface OwnOffer {
  codecs: readonly { codec: CodecName; payloadType: number }[];
  telephoneEvent: number;
  /** Present if the call is to be protected. */
  srtp?: OfferedSrtp | undefined;
}

export function writeOffer(offer: OwnOffer, options: AnswerOptions): string {
  return writeSession(options, [audioLine({ ...offer, direction: 'sendrecv' }, options)]);
}

/** Write the answer: the caller's payload types, 20 ms packets, every other media line refused. */
export function writeAnswer(offer: Offer, options: AnswerOptions): string {
  const { codec, payloadType, telephoneEvent, direction, rtcpMux, srtp } = offer.agreement;
  const audio = {
    codecs: [{ codec, payloadType }],
    telephoneEvent,
    direction,
    srtp,
    ...(rtcpMux ? { rtcpMux } : {}),
  };
  return writeSession(
    options,
    offer.session.media.map((media, index) =>
      index === offer.audioIndex ? audioLine(audio, options) : refused(media),
    ),
  );
}

function writeSession(options: AnswerOptions, media: MediaDescription[]): string {
  const ipVer = isIPv6(options.address) ? 6 : 4;
  return write({
    version: 0,
    origin: {
      username: '-',
      sessionId: options.sessionId,
      sessionVersion: options.sessionVersion,
      netType: 'IN',
      ipVer,
      address: options.address,
    },
    name: 'patchbay',
    connection: { version: ipVer, ip: options.address },
    timing: { start: 0, stop: 0 },
    media,
  });
}

interface AudioLine {
  codecs: OwnOffer['codecs'];
  telephoneEvent: number | undefined;
  direction: Direction;
  rtcpMux?: boolean;
  srtp?: OfferedSrtp | undefined;
}

function audioLine(
  { codecs, telephoneEvent, direction, rtcpMux, srtp }: AudioLine,
  { port, srtpKey }: AnswerOptions,
): MediaDescription {
  const events = telephoneEvent === undefined ? [] : [telephoneEvent];
  return {
    type: 'audio',
    port,
    protocol: srtp ? SECURE_AUDIO : PLAIN_AUDIO,
    payloads: [...codecs.map(({ payloadType }) => payloadType), ...events].join(' '),
    rtp: [
      ...codecs.map(({ codec, payloadType }) => ({ payload: payloadType, codec, rate: 8_000 })),
      ...events.map((payload) => ({ payload, codec: 'telephone-event', rate: 8_000 })),
    ],
    fmtp: events.map((payload) => ({ payload, config: '0-15' })),
    ptime: 20,
    direction,
    ...(rtcpMux ? { rtcpMux: 'rtcp-mux' } : {}),
    ...(srtp ? { crypto: [cryptoLine(srtp, srtpKey)] } : {}),
  };
}

/** RFC 3264 §6: a refused stream keeps its line, with port 0. */
function refused(media: MediaDescription): MediaDescription {
  return {
    type: media.type,
    port: 0,
    protocol: media.protocol,
    payloads: media.payloads ?? '0',
    rtp: [],
    fmtp: [],
  };
}

function chooseCodec(
  audio: MediaDescription,
  codecs: readonly CodecName[],
): { codec: CodecName; payloadType: number } | undefined {
  for (const payloadType of payloadTypes(audio)) {
    const name = codecNameOf(audio, payloadType);
    const codec = codecs.find((allowed) => allowed === name);
    if (codec) return { codec, payloadType };
  }
  return undefined;
}

function payloadTypes(audio: MediaDescription): number[] {
  return String(audio.payloads ?? '')
    .split(/\s+/)
    .filter((text) => /^\d{1,3}$/.test(text))
    .map(Number)
    .filter((payloadType) => payloadType <= 127);
}

/** A static payload type may come without rtpmap (RFC 3551 §6). */
function codecNameOf(audio: MediaDescription, payloadType: number): string | undefined {
  const mapped = audio.rtp.find((entry) => entry.payload === payloadType);
  if (mapped) return mapped.rate === 8_000 ? mapped.codec.toUpperCase() : undefined;
  if (payloadType === PCMU) return 'PCMU';
  if (payloadType === PCMA) return 'PCMA';
  return undefined;
}

function telephoneEventOf(audio: MediaDescription): number | undefined {
  const offered = payloadTypes(audio);
  return audio.rtp.find(
    ({ codec, rate, payload }) =>
      codec.toLowerCase() === 'telephone-event' && rate === 8_000 && offered.includes(payload),
  )?.payload;
}

const DIRECTIONS: readonly string[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];

function directionOf(audio: MediaDescription, session: SessionDescription): Direction {
  const given = audio.direction ?? session.direction ?? 'sendrecv';
  return DIRECTIONS.includes(given) ? given : 'sendrecv';
}

/**
 * The phone holds the call: it does not want to hear us, and may send music or nothing (RFC 3264 §8.4).
 * @param direction ours
 */
export function isHeld(direction: Direction): boolean {
  return direction === 'recvonly' || direction === 'inactive';
}

/** RFC 3264 §6.1: who only sends is answered by who only receives. */
function mirror(direction: Direction): Direction {
  if (direction === 'sendonly') return 'recvonly';
  if (direction === 'recvonly') return 'sendonly';
  return direction;
}

/** For who can't be sent to. */
function withoutSending(direction: Direction): Direction {
  if (direction === 'sendrecv') return 'recvonly';
  return direction === 'sendonly' ? 'inactive' : direction;
}

function malformed(problem: string): OfferFault {
  return { kind: 'malformed', problem };
}

function notAcceptable(problem: string): OfferFault {
  return { kind: 'not-acceptable', problem };
}
