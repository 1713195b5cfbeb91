import type { SpeakerPayloads } from './speaker.ts';

/** One audio line of an answer of the room. */
export interface AnsweredAudio {
  mid: string;
  /** LiveKit's id of the track that we hear on the line; undefined while it is not in use. */
  trackSid: string | undefined;
  payloads: SpeakerPayloads;
}

const RTPMAP = /^a=rtpmap:(\d+) ([^/\s]+)\//;
/** RFC 8830: `msid:<stream> <track>`; LiveKit writes the track's sid as the latter. */
const MSID = /^a=msid:\S+ (\S+)/;
/** The server sends (RFC 8866 §6.7). */
const SENDS = /^a=(sendonly|sendrecv)$/;

/** The audio lines of an answer, RFC 8866. What is no audio, or has no Opus, is left out. */
export function answeredAudio(
  sdp: string,
  midToTrackId: Readonly<Record<string, string>> = {},
): AnsweredAudio[] {
  const sections = sdp.split(/\r?\n(?=m=)/).slice(1);
  return sections.flatMap((section) => {
    const lines = section.split(/\r?\n/);
    if (!lines[0]?.startsWith('m=audio ')) return [];
    const mid = lines.find((line) => line.startsWith('a=mid:'))?.slice('a=mid:'.length);
    const payloads = payloadsOf(lines);
    if (mid === undefined || !payloads) return [];
    const inUse = !lines[0].startsWith('m=audio 0 ') && lines.some((line) => SENDS.test(line));
    const msid = lines.map((line) => MSID.exec(line)?.[1]).find((sid) => sid !== undefined);
    return [{ mid, trackSid: inUse ? (midToTrackId[mid] ?? msid) : undefined, payloads }];
  });
}

function payloadsOf(lines: readonly string[]): SpeakerPayloads | undefined {
  const types = new Map<string, number>();
  for (const line of lines) {
    const match = RTPMAP.exec(line);
    const name = match?.[2]?.toLowerCase();
    if (name !== undefined && !types.has(name)) types.set(name, Number(match?.[1]));
  }
  const opus = types.get('opus');
  return opus === undefined ? undefined : { opus, red: types.get('red') };
}
