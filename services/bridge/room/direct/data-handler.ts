import { DataPacket, type RpcRequest } from '@livekit/protocol';
import type { Logger } from '@patchbay/common/logger';
import { isDtmfKey, RoomRpcError, RPC_METHODS, type RoomEvents, type RpcMethod } from '../link.ts';
import { RPC_ERRORS, RpcAnswers } from './messages.ts';

/** What came on the data channels goes to these; the same as {@link RoomEvents}'. */
export type DataEvents = Pick<RoomEvents, 'data' | 'dtmf' | 'rpc'>;

export interface DataHandlerOptions {
  events: DataEvents;
  /** Send an answer to the room. */
  send: (packet: DataPacket) => void;
  log: Logger;
}

/** Reads data packets of the room, and answers RPC calls. */
export class DataHandler {
  readonly #options: DataHandlerOptions;
  /** Last number of each sender's reliable packets: those that come again are known by it. */
  readonly #sequences = new Map<string, number>();

  constructor(options: DataHandlerOptions) {
    this.#options = options;
  }

  /** @throws if it is no data packet */
  receive(bytes: Uint8Array): void {
    const { events } = this.#options;
    const packet = DataPacket.fromBinary(bytes);
    if (this.#isRepeated(packet)) return;
    const { value } = packet;
    switch (value.case) {
      case 'user':
        return events.data(value.value.topic ?? '', value.value.payload);
      case 'sipDtmf':
        if (isDtmfKey(value.value.digit)) events.dtmf(value.value.digit);
        return;
      case 'rpcRequest':
        void this.#call(value.value, packet.participantIdentity);
        return;
      default:
        // Text streams, transcriptions, chat: for those who show them.
        return;
    }
  }

  #isRepeated({ sequence, participantSid }: DataPacket): boolean {
    if (sequence === 0 || participantSid === '') return false;
    if (sequence <= (this.#sequences.get(participantSid) ?? 0)) return true;
    this.#sequences.set(participantSid, sequence);
    return false;
  }

  async #call(request: RpcRequest, from: string): Promise<void> {
    const { events, send, log } = this.#options;
    const answers = new RpcAnswers(request, from);
    send(answers.ack());
    if (!answers.understood) return send(answers.error(RPC_ERRORS.unsupportedVersion));
    const method = RPC_METHODS.find((known: RpcMethod) => known === request.method);
    if (!method) return send(answers.error(RPC_ERRORS.unsupportedMethod));
    try {
      send(answers.answer(await events.rpc(method, request.payload)));
    } catch (error) {
      if (error instanceof RoomRpcError) return send(answers.error(error));
      log.warn({ err: error, method }, 'an RPC call failed');
      send(answers.error(RPC_ERRORS.applicationError));
    }
  }
}
