import type { CallRecord } from '@patchbay/common/call-record';
import type { Logger } from '@patchbay/common/logger';
import { z } from 'zod';
import { RoomRpcError, type RpcMethod } from './room/link.ts';
import { transferTarget, type TransferRequest, type TransferResult } from './sip/refer.ts';

/** Codes of refused RPC calls. */
export const RPC_BAD_REQUEST = 2_400;
export const RPC_TRANSFER_FAILED = 2_500;
const MOST_PAYLOAD_CHARACTERS = 8_192;
/** How long a transfer may take: ringing, as LiveKit SIP's, and a bit. */
const TRANSFER_MS = 80_000;
const LONGEST_TRANSFER_MS = 300_000;

const headersRequest = z.object({
  include: z.array(z.string()).default([]),
  exclude: z.array(z.string()).default([]),
});
const transferRequest = z.object({
  transferTo: z.string(),
  /** Headers of the REFER; only those that begin with X-. */
  headers: z
    .record(z.string().regex(/^X-[A-Za-z0-9-]{1,64}$/i), z.string().regex(/^[^\r\n]{0,512}$/))
    .default({}),
  ringingTimeoutMs: z.int().min(1_000).max(LONGEST_TRANSFER_MS).default(TRANSFER_MS),
});

/** Headers of the way, not of the call (livekit/sip pkg/sip/rpc.go keeps back the same). */
const KEPT_BACK = new Set(
  (
    'route record-route via supported accept allow allow-events content-type content-length ' +
    'content-encoding content-disposition cseq event expires session-expires min-se ' +
    'max-forwards authorization proxy-authorization'
  ).split(' '),
);

export interface CallServicesOptions {
  /** Headers of the far end by lower-case name. */
  headers: Readonly<Record<string, string>>;
  transfer(request: TransferRequest): Promise<TransferResult>;
  setAttributes(attributes: Readonly<Record<string, string>>): void;
  /** The agent wants the call to end. */
  endAsked(): void;
  /** The far end talks to somebody else now. */
  transferred(): void;
  log: Logger;
}

/** What an agent may ask of its call by RPC: LiveKit SIP's methods, and the transfer. */
export class CallServices {
  readonly #options: CallServicesOptions;
  #lastTransfer: CallRecord['transfer'];

  constructor(options: CallServicesOptions) {
    this.#options = options;
  }

  /** The last transfer that was tried. */
  get transfer(): CallRecord['transfer'] {
    return this.#lastTransfer;
  }

  /** @throws {RoomRpcError} */
  async rpc(method: RpcMethod, payload: string): Promise<string> {
    switch (method) {
      case 'lk.sip.GetRemoteHeaders':
        return JSON.stringify({ headers: this.#headers(parse(headersRequest, payload)) });
      case 'lk.sip.EndCall':
        this.#options.endAsked();
        return '{}';
      case 'patchbay.sip.TransferCall':
        return JSON.stringify(await this.#transfer(parse(transferRequest, payload)));
    }
  }

  #headers({ include, exclude }: z.output<typeof headersRequest>): Record<string, string> {
    const wanted = new Set(include.map((name) => name.toLowerCase()));
    const unwanted = new Set(exclude.map((name) => name.toLowerCase()));
    return Object.fromEntries(
      Object.entries(this.#options.headers).filter(
        ([name]) =>
          !KEPT_BACK.has(name) && !unwanted.has(name) && (wanted.size === 0 || wanted.has(name)),
      ),
    );
  }

  async #transfer(request: z.output<typeof transferRequest>): Promise<TransferResult> {
    const { log } = this.#options;
    const target = transferTarget(request.transferTo);
    if (target === undefined) {
      const message = 'transferTo must be a number, a tel: or a sip: URI';
      throw new RoomRpcError(RPC_BAD_REQUEST, message);
    }
    this.#options.setAttributes({ 'patchbay.transfer': 'pending', 'patchbay.transferStatus': '' });
    const { headers, ringingTimeoutMs: limitMs } = request;
    const result = await this.#options.transfer({ target, headers, limitMs });
    const done = result.status >= 200 && result.status < 300;
    this.#lastTransfer = { atMs: Date.now(), status: result.status, done };
    log.info({ status: result.status, reason: result.reason }, 'transfer is over');
    this.#options.setAttributes({
      'patchbay.transfer': done ? 'done' : 'failed',
      'patchbay.transferStatus': String(result.status),
    });
    if (!done) {
      throw new RoomRpcError(RPC_TRANSFER_FAILED, `${result.status} ${result.reason}`);
    }
    this.#options.transferred();
    return result;
  }
}

function parse<T extends z.ZodType>(schema: T, payload: string): z.output<T> {
  try {
    if (payload.length > MOST_PAYLOAD_CHARACTERS) throw new Error('too long');
    return schema.parse(JSON.parse(payload === '' ? '{}' : payload));
  } catch {
    throw new RoomRpcError(RPC_BAD_REQUEST, 'the payload is not what this method takes');
  }
}
