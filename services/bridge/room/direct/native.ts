import ndc, { type PeerConnection, type RtcConfig } from 'node-datachannel';
import type { Logger } from '@patchbay/common/logger';

export {
  Audio,
  RtcpNackResponder,
  type DataChannel,
  type PeerConnection,
  type Track,
} from 'node-datachannel';

/** RFC 7587 §7.1: what we send is mono, with in-band FEC, and so may be what we get. */
export const OPUS_PARAMETERS = 'minptime=10;useinbandfec=1;stereo=0;sprop-stereo=0';

let quiet = false;

/**
 * Make a peer connection of libdatachannel. Whoever makes it must keep it, its tracks and its data
 * channels in reach: what is garbage to JavaScript is closed without a word.
 */
export function createPeerConnection(name: string, config: RtcConfig): PeerConnection {
  if (!quiet) {
    // Its warnings are counters of its own; what matters comes as an event or an exception.
    ndc.initLogger('Fatal', () => undefined);
    quiet = true;
  }
  return new ndc.PeerConnection(name, config);
}

/**
 * A callback for libdatachannel. An exception thrown into native code ends the process, so none
 * gets there.
 */
export function guarded<Args extends unknown[]>(
  log: Logger,
  what: string,
  callback: (...args: Args) => void,
): (...args: Args) => void {
  return (...args) => {
    try {
      callback(...args);
    } catch (error) {
      log.warn({ err: error, what }, 'something from the room was not taken');
    }
  };
}

/** Take a candidate of the other side; one that is of no use must not spoil the others. */
export function addCandidate(peer: PeerConnection, candidate: string, mid: string): void {
  try {
    peer.addRemoteCandidate(candidate, mid);
  } catch {
    // Malformed, or the last of a connection that is closed already.
  }
}
