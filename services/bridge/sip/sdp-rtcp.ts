import type { MediaDescription } from 'sdp-transform';

/** Where a description wants RTCP. */
export interface RtcpPlace {
  /** Through the port of RTP (RFC 5761); else to the one above it, or to `rtcpPort`. */
  rtcpMux?: boolean;
  /** The port that it names (RFC 3605). */
  rtcpPort?: number;
}

/** Read `a=rtcp-mux` and `a=rtcp` of an audio line. */
export function rtcpPlaceOf({ rtcpMux, rtcp }: MediaDescription): RtcpPlace {
  const port = rtcp?.port ?? 0;
  return {
    ...(rtcpMux === undefined ? {} : { rtcpMux: true }),
    ...(port > 0 && port <= 65_535 ? { rtcpPort: port } : {}),
  };
}
