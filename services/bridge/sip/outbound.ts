import type Srf from 'drachtio-srf';
import type { Logger } from '@patchbay/common/logger';
import { atMost } from '@patchbay/common/retry';
import { ABILITIES } from './abilities.ts';
import { sdpOf } from './invite.ts';
import { DialError, type LegEvents, type OutboundLeg } from './leg.ts';
import { LiveDialog } from './live-dialog.ts';
import type { TransferRequest, TransferResult } from './refer.ts';

/** A dead peer never answers a BYE; drachtio would wait 32 s. */
const BYE_WAIT_MS = 4_000;
/** How long the far end has to confirm that our CANCEL came. */
const CANCEL_WAIT_MS = 4_000;
/** Of a call that is over without any answer. */
const NOT_SENT = 503;

/** Whom to call, through which SIP server, and as whom. */
export interface DialPlan {
  /** Request-URI. */
  uri: string;
  /** `<sip:number@domain>`. */
  from: string;
  transport: string;
  /** Digest, if the far end asks for it (401, 407). */
  credentials?: { username: string; password: string };
}

type LegState =
  | { name: 'new' }
  | { name: 'dialling' }
  | { name: 'answered'; dialog: LiveDialog }
  | { name: 'over'; status: number | undefined };

/** One INVITE of ours under drachtio-srf, from dialling to the end of its dialog. */
export class PlacedLeg implements OutboundLeg {
  readonly #srf: Srf;
  readonly #plan: DialPlan;
  readonly #log: Logger;
  readonly #settled = Promise.withResolvers<void>();
  readonly #given = Promise.withResolvers<never>();
  #state: LegState = { name: 'new' };
  #events: LegEvents | undefined;
  #request: Srf.SrfRequest | undefined;
  #cancelled = false;

  constructor(srf: Srf, plan: DialPlan, log: Logger) {
    this.#srf = srf;
    this.#plan = plan;
    this.#log = log;
    this.#given.promise.catch(() => undefined);
  }

  get sipCallId(): string {
    return this.#request?.get('Call-ID') ?? '';
  }

  get transport(): string {
    return this.#plan.transport;
  }

  /** True until the INVITE has a final answer. */
  get unanswered(): boolean {
    return this.#state.name === 'new' || this.#state.name === 'dialling';
  }

  listen(events: LegEvents): void {
    this.#events = events;
  }

  async dial(sdp: string): Promise<{ localTag: string; sdp: string }> {
    if (this.#state.name !== 'new') throw new DialError(NOT_SENT, `the leg is ${this.#state.name}`);
    this.#state = { name: 'dialling' };
    const answered = this.#invite(sdp).catch((error: unknown) => {
      throw error instanceof DialError ? error : refusalOf(error);
    });
    answered.then(
      () => this.#settled.resolve(),
      () => this.#settled.resolve(),
    );
    const { live, answer } = await Promise.race([answered, this.#given.promise]);
    return { localTag: live.localTag, sdp: answer };
  }

  transfer(request: TransferRequest): Promise<TransferResult> {
    const state = this.#state;
    if (state.name === 'answered') return state.dialog.transfer(request);
    return Promise.resolve({ status: 481, reason: 'there is no call' });
  }

  sendDtmf(digit: string): void {
    if (this.#state.name === 'answered') this.#state.dialog.sendDtmf(digit);
  }

  async end(): Promise<number | undefined> {
    const state = this.#state;
    switch (state.name) {
      case 'over':
        return state.status;
      case 'new':
        this.#state = { name: 'over', status: undefined };
        return undefined;
      case 'dialling':
        this.#state = { name: 'over', status: 487 };
        this.#given.reject(new DialError(487, 'given up'));
        this.#cancel();
        await atMost(CANCEL_WAIT_MS, this.#settled.promise);
        return 487;
      case 'answered':
        this.#state = { name: 'over', status: 200 };
        await atMost(BYE_WAIT_MS, state.dialog.bye());
        return 200;
    }
  }

  /** The connection to drachtio broke: no answer will be heard any more. */
  connectionLost(): void {
    if (this.#state.name !== 'dialling') return;
    this.#state = { name: 'over', status: undefined };
    this.#settled.resolve();
    this.#given.reject(new DialError(NOT_SENT, 'the connection to the SIP server was lost'));
  }

  #invite(sdp: string): Promise<{ live: LiveDialog; answer: string }> {
    const { uri, from, credentials } = this.#plan;
    const options = {
      localSdp: sdp,
      headers: { From: from, 'Content-Type': 'application/sdp', ...ABILITIES },
      ...(credentials ? { auth: credentials } : {}),
    };
    const progress = {
      cbRequest: (error: unknown, request: Srf.SrfRequest | undefined) => {
        if (error || !request) return;
        this.#request = request;
        if (this.#cancelled) this.#cancel();
      },
      cbProvisional: (response: Srf.SrfResponse) => {
        if (this.unanswered) this.#events?.progress(response.status, sdpOf(response));
      },
    };
    return new Promise((resolve, reject) => {
      // The typings have the arguments of cbRequest wrong.
      const callbacks = progress as unknown as Parameters<Srf['createUAC']>[2];
      this.#srf.createUAC(uri, options, callbacks, (error: unknown, dialog) => {
        if (error) {
          const refusal = refusalOf(error);
          if (this.unanswered) this.#state = { name: 'over', status: refusal.status };
          return reject(refusal);
        }
        const live = this.#goLive(dialog);
        const wanted = this.unanswered;
        if (wanted) this.#state = { name: 'answered', dialog: live };
        // Answered while we gave up (RFC 3261 §15.1.1): the call stands, but nobody wants it.
        if (!wanted) void live.bye().then(() => this.#settled.resolve());
        resolve({ live, answer: dialog.remote.sdp });
      });
    });
  }

  #goLive(dialog: Srf.Dialog): LiveDialog {
    const events = this.#events;
    if (!events) throw new Error('nobody listens to the leg');
    const onOver = () => {
      if (this.#state.name === 'over') return false;
      this.#state = { name: 'over', status: 200 };
      return true;
    };
    const log = this.#log.child({ sipCallId: this.sipCallId });
    return new LiveDialog({ dialog, timer: undefined, events, log, onOver });
  }

  /** As soon as there is something to cancel. */
  #cancel(): void {
    this.#cancelled = true;
    this.#request?.cancel((error: unknown) => {
      if (error) this.#log.debug({ err: error }, 'CANCEL could not be sent');
    });
  }
}

/** drachtio-srf rejects with a SipError that has a status, or with what went wrong here. */
function refusalOf(error: unknown): DialError {
  if (typeof error === 'object' && error !== null && 'status' in error) {
    const { status, reason } = error as { status: unknown; reason?: unknown };
    if (typeof status === 'number') {
      return new DialError(status, typeof reason === 'string' ? reason : '');
    }
  }
  return new DialError(NOT_SENT, error instanceof Error ? error.message : String(error));
}
