import {
  DataPacket,
  DataPacket_Kind,
  RpcAck,
  RpcError,
  RpcResponse,
  SipDTMF,
  type RpcRequest,
} from '@livekit/protocol';
import { DTMF_KEYS } from '../link.ts';

/** The version of LiveKit's RPC whose requests come as data packets. */
const RPC_VERSION = 1;
/** LiveKit's limit for a payload. */
const MAX_RPC_BYTES = 15_360;
/** LiveKit's built-in RPC errors. */
export const RPC_ERRORS = {
  unsupportedMethod: { code: 1_400, message: 'Method not supported at destination' },
  unsupportedVersion: { code: 1_404, message: 'Unsupported RPC version' },
  answerTooLong: { code: 1_504, message: 'Response payload too large' },
  applicationError: { code: 1_500, message: 'Application error in method handler' },
} as const;

/** A key of the phone, as LiveKit SIP tells it. @returns undefined if there is no such key */
export function dtmfPacket(digit: string): DataPacket | undefined {
  const code = DTMF_KEYS.indexOf(digit);
  if (digit.length !== 1 || code < 0) return undefined;
  return new DataPacket({
    kind: DataPacket_Kind.RELIABLE,
    value: { case: 'sipDtmf', value: new SipDTMF({ code, digit }) },
  });
}

/** What our side of an RPC call says. */
export class RpcAnswers {
  readonly #requestId: string;
  readonly #version: number;
  readonly #to: string;

  constructor(request: RpcRequest, to: string) {
    this.#requestId = request.id;
    this.#version = request.version;
    this.#to = to;
  }

  /** True for requests of the version that comes as data packets, the only one we announce. */
  get understood(): boolean {
    return this.#version === RPC_VERSION;
  }

  /** Said at once: a caller waits a few seconds for it. */
  ack(): DataPacket {
    return this.#packet({ case: 'rpcAck', value: new RpcAck({ requestId: this.#requestId }) });
  }

  answer(payload: string): DataPacket {
    if (Buffer.byteLength(payload) > MAX_RPC_BYTES) return this.error(RPC_ERRORS.answerTooLong);
    return this.#response({ case: 'payload', value: payload });
  }

  error(error: { code: number; message: string }): DataPacket {
    const { code, message } = error;
    return this.#response({ case: 'error', value: new RpcError({ code, message }) });
  }

  #response(value: RpcResponse['value']): DataPacket {
    const response = new RpcResponse({ requestId: this.#requestId, value });
    return this.#packet({ case: 'rpcResponse', value: response });
  }

  #packet(value: DataPacket['value']): DataPacket {
    return new DataPacket({
      kind: DataPacket_Kind.RELIABLE,
      destinationIdentities: [this.#to],
      value,
    });
  }
}
