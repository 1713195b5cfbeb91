import { RpcError, type RemoteParticipant, type Room } from '@livekit/rtc-node';
import type { Logger } from '@patchbay/common/logger';
import type { Door } from '@patchbay/common/room-contract';
import { SipCallError, type SipClient } from 'livekit-server-sdk';

/** How long the other phone may ring. */
const RING_MS = 40_000;
/** The bridge answers a little later than the ringing can last. */
const RPC_MARGIN_MS = 10_000;

export type TransferOutcome =
  | { kind: 'done' }
  /** @property status of the far end, if it gave one */
  | { kind: 'failed'; status: number | undefined }
  /** A caller in a browser has no line that could be given to somebody. */
  | { kind: 'not-a-phone' };

export interface TransferOptions {
  room: Pick<Room, 'name' | 'localParticipant'>;
  participant: Pick<RemoteParticipant, 'identity'>;
  door: Door;
  /** E.164. */
  to: string;
  sip: Pick<SipClient, 'transferSipParticipant'>;
  log: Logger;
}

/**
 * Give the caller to another number by REFER, by the means of the door they came through: LiveKit's
 * API for LiveKit SIP, the bridge's own RPC method for the bridge (docs/bridge-signalling.md). Never
 * rejects; returns once the other phone was answered, or will not be.
 */
export async function transferCaller(options: TransferOptions): Promise<TransferOutcome> {
  const { door, to, log } = options;
  log.info({ calledNumber: to }, 'the caller is to be transferred');
  const outcome = await byDoor(options);
  log.info(
    { outcome: outcome.kind, ...('status' in outcome ? outcome : {}), door },
    'transfer is over',
  );
  return outcome;
}

async function byDoor(options: TransferOptions): Promise<TransferOutcome> {
  switch (options.door) {
    case 'web':
      return { kind: 'not-a-phone' };
    case 'reach':
      return byBridge(options);
    case 'trunk':
      return byLiveKit(options);
  }
}

async function byBridge({ room, participant, to, log }: TransferOptions): Promise<TransferOutcome> {
  try {
    await room.localParticipant?.performRpc({
      destinationIdentity: participant.identity,
      method: 'patchbay.sip.TransferCall',
      payload: JSON.stringify({ transferTo: `tel:${to}`, ringingTimeoutMs: RING_MS }),
      responseTimeout: RING_MS + RPC_MARGIN_MS,
    });
    return { kind: 'done' };
  } catch (error) {
    if (!(error instanceof RpcError)) log.warn({ err: error }, 'the bridge could not be asked');
    const status = error instanceof RpcError ? /^\d{3}/.exec(error.message)?.[0] : undefined;
    return { kind: 'failed', status: status === undefined ? undefined : Number(status) };
  }
}

async function byLiveKit(options: TransferOptions): Promise<TransferOutcome> {
  const { room, participant, to, sip, log } = options;
  const name = room.name ?? '';
  try {
    await sip.transferSipParticipant(name, participant.identity, `tel:${to}`, {
      ringingTimeout: RING_MS / 1_000,
    });
    return { kind: 'done' };
  } catch (error) {
    if (error instanceof SipCallError) return { kind: 'failed', status: error.sipStatusCode };
    log.warn({ err: error }, 'LiveKit SIP could not be asked');
    return { kind: 'failed', status: undefined };
  }
}
