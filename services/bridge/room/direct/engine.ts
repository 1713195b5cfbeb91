import type { Logger } from '@patchbay/common/logger';
import { callFields } from '@patchbay/common/tracing/trace-id';
import { Outbox } from '../../rtp/outbox.ts';
import type { RoomEngine } from '../link.ts';
import { DirectLink } from './direct-link.ts';
import { ServerNames } from './server-names.ts';

/**
 * Rooms over LiveKit's own signalling with libdatachannel for transport and libopus at 8 kHz: no
 * resampling, no mixer, no audio pipeline, and no event that reaches more than the call it is for.
 * It speaks ICE over UDP, and TURN over UDP.
 */
export function createDirectEngine(log: Logger, outbox = new Outbox()): RoomEngine {
  /** Keeps what belongs to a call from being collected while the call is on. */
  const links = new Set<DirectLink>();
  const around = { outbox, names: new ServerNames() };
  return {
    name: 'direct',
    join: async (options, events, signal) => {
      signal.throwIfAborted();
      const ofCall = log.child(callFields(options));
      const link = new DirectLink(options, events, ofCall, around);
      links.add(link);
      const forget = () => links.delete(link);
      try {
        await link.connect(signal);
      } catch (error) {
        forget();
        throw error;
      }
      return Object.freeze({
        get participantSid() {
          return link.participantSid;
        },
        publishTrack: () => link.publishTrack(),
        publish: (samples: Int16Array) => link.publish(samples),
        sendDtmf: (digit: string) => link.sendDtmf(digit),
        setAttributes: (attributes: Readonly<Record<string, string>>) =>
          link.setAttributes(attributes),
        leave: () => link.leave().finally(forget),
      });
    },
  };
}
