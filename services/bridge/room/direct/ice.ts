import type { ICEServer } from '@livekit/protocol';
import type { IceServer } from 'node-datachannel';

/** `stun:host:port`, `turn:host:port?transport=udp`, `turns:…` (RFC 7064, RFC 7065). */
const ICE_URL =
  /^(stun|stuns|turn|turns):(\[[0-9a-fA-F:.]+\]|[^:?[\]]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/;
const DEFAULT_PORT = { stun: 3478, turn: 3478, turns: 5349 } as const;

/**
 * ICE servers of LiveKit's answer in libdatachannel's form. Those it can't use (STUN over TLS) and
 * those that are malformed are left out. TURN over TCP and TLS is passed on, but its ICE library
 * takes TURN over UDP only.
 * @param addressOf what is known of a name: see ServerNames. A TURN server may be the only way, so
 *   the first call looks up its name by itself; STUN is a help that the first call does without.
 */
export function iceServers(
  servers: readonly ICEServer[],
  addressOf: (name: string) => string | null | undefined,
): IceServer[] {
  return servers.flatMap(({ urls, username, credential }) =>
    urls.flatMap((url): IceServer[] => {
      const match = ICE_URL.exec(url);
      const scheme = match?.[1];
      const host = match?.[2];
      if (host === undefined || scheme === undefined || scheme === 'stuns') return [];
      const kind = scheme as keyof typeof DEFAULT_PORT;
      const port = match?.[3] === undefined ? DEFAULT_PORT[kind] : Number(match[3]);
      if (port < 1 || port > 65_535) return [];
      const name = host.replace(/^\[|\]$/g, '');
      const address = addressOf(name);
      if (address === null) return [];
      if (kind === 'stun') return address === undefined ? [] : [{ hostname: address, port }];
      const hostname = address ?? name;
      const relayType = kind === 'turns' ? 'TurnTls' : match?.[4] === 'tcp' ? 'TurnTcp' : 'TurnUdp';
      return [{ hostname, port, username, password: credential, relayType }];
    }),
  );
}

export interface Candidate {
  candidate: string;
  mid: string;
}

/**
 * A candidate of LiveKit's trickle message (RTCIceCandidateInit as JSON) for libdatachannel.
 * @returns undefined for the end of candidates and for what is malformed
 */
export function remoteCandidate(candidateInit: string): Candidate | undefined {
  let init: unknown;
  try {
    init = JSON.parse(candidateInit);
  } catch {
    return undefined;
  }
  if (typeof init !== 'object' || init === null || !('candidate' in init)) return undefined;
  const { candidate } = init;
  if (typeof candidate !== 'string' || candidate === '') return undefined;
  const mid = 'sdpMid' in init && typeof init.sdpMid === 'string' ? init.sdpMid : '0';
  return { candidate: `a=${candidate}`, mid };
}

/** The other way round: a candidate of ours as LiveKit wants it. */
export function candidateInit(candidate: string, mid: string): string {
  return JSON.stringify({
    candidate: candidate.replace(/^a=/, ''),
    sdpMid: mid,
    sdpMLineIndex: 0,
  });
}

const HOST_V4 = /^(a=)?(candidate:\S+ 1 UDP \d+ )\d+(?:\.\d+){3}( \d+ typ host.*)$/i;

/**
 * A host candidate's copy on loopback. libdatachannel names no loopback address; a server there
 * would know us as peer-reflexive only, and wait a second before it takes such a pair.
 * @returns undefined for other candidates
 */
export function loopbackCopy(candidate: string): string | undefined {
  const match = HOST_V4.exec(candidate);
  return match ? `${match[2]}127.0.0.1${match[3]}` : undefined;
}
