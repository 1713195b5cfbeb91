/** Session descriptions of a telephone: one audio stream with G.711 and telephone events (RFC 8866, RFC 3264). */
import { PCMA, PCMU, type G711PayloadType } from '@patchbay/common/g711';

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** What one side says about its audio stream. */
export interface AudioDescription {
  address: string;
  /** 0 refuses the stream. */
  port: number;
  /** G.711 payload types, in the order of preference. */
  payloadTypes: G711PayloadType[];
  /** Payload type of telephone-event/8000. */
  dtmfPayloadType?: number;
  /** As the writer of the description sees it. */
  direction: Direction;
}

const NAMES = { [PCMU]: 'PCMU', [PCMA]: 'PCMA' } as const;

/** Write an offer or an answer. `version` grows with each description of the same session. */
export function formatSdp(
  audio: AudioDescription,
  session: { id: string; version: number },
): string {
  const { address, port, payloadTypes, dtmfPayloadType, direction } = audio;
  const types = [...payloadTypes, ...(dtmfPayloadType === undefined ? [] : [dtmfPayloadType])];
  const family = address.includes(':') ? 'IP6' : 'IP4';
  const lines = [
    'v=0',
    `o=- ${session.id} ${session.version} IN ${family} ${address}`,
    's=-',
    `c=IN ${family} ${address}`,
    't=0 0',
    `m=audio ${port} RTP/AVP ${types.join(' ')}`,
    ...payloadTypes.map((type) => `a=rtpmap:${type} ${NAMES[type]}/8000`),
  ];
  if (dtmfPayloadType !== undefined) {
    lines.push(
      `a=rtpmap:${dtmfPayloadType} telephone-event/8000`,
      `a=fmtp:${dtmfPayloadType} 0-15`,
    );
  }
  lines.push('a=ptime:20', `a=${direction}`);
  return `${lines.join('\r\n')}\r\n`;
}

/**
 * Read the first audio stream of an offer or an answer.
 * @throws Error in words, if there is none or it can't be understood
 */
export function parseSdp(text: string): AudioDescription {
  let section: 'session' | 'audio' | 'other' = 'session';
  let address = '';
  let direction: Direction = 'sendrecv';
  let dtmfPayloadType: number | undefined;
  let media: { port: number; types: number[] } | undefined;
  for (const line of text.split(/\r?\n/)) {
    const value = line.slice(2).trim();
    if (line.startsWith('m=')) {
      section = !media && value.startsWith('audio ') ? 'audio' : 'other';
      if (section === 'audio') media = parseMedia(value);
    }
    if (section === 'other') continue;
    if (line.startsWith('c=')) address = value.split(/\s+/)[2]?.split('/')[0] ?? '';
    if (/^(sendrecv|sendonly|recvonly|inactive)$/.test(value)) direction = value as Direction;
    const event = /^rtpmap:(\d+)\s+telephone-event\/8000$/i.exec(value)?.[1];
    if (event !== undefined && media?.types.includes(Number(event)))
      dtmfPayloadType ??= Number(event);
  }
  if (!media) throw new Error('the session description has no audio stream');
  if (address === '') throw new Error('the session description has no address (c=)');
  const payloadTypes = media.types.filter((type) => type === PCMU || type === PCMA);
  const audio = { address, port: media.port, payloadTypes, direction };
  return dtmfPayloadType === undefined ? audio : { ...audio, dtmfPayloadType };
}

/** The direction to answer with when the peer offers this one, RFC 3264 §6.1. */
export function answerDirection(offered: Direction): Direction {
  if (offered === 'sendonly') return 'recvonly';
  if (offered === 'recvonly') return 'sendonly';
  return offered;
}

function parseMedia(value: string): { port: number; types: number[] } {
  const match = /^audio (\d{1,5})(?:\/\d+)? RTP\/AVP((?: \d{1,3})+)\s*$/.exec(value);
  if (!match || Number(match[1]) > 65_535)
    throw new Error(`the audio stream can't be understood: m=${value}`);
  return { port: Number(match[1]), types: (match[2] ?? '').trim().split(' ').map(Number) };
}
