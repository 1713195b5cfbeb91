import type Srf from 'drachtio-srf';
import type { Logger } from '@patchbay/common/logger';
import { atMost } from '@patchbay/common/retry';
import { readInvite } from './invite.ts';
import { ABILITIES } from './abilities.ts';
import type { Invite, LegEnd, LegEvents, SipLeg } from './leg.ts';
import { LiveDialog, timerRequest } from './live-dialog.ts';
import type { TransferRequest, TransferResult } from './refer.ts';
import { agreeSessionTimer, sessionTimerHeaders, type SessionTimer } from './session-timer.ts';
import type { Trunk } from './trunk.ts';

/** A dead peer never answers a BYE; drachtio would wait 32 s. */
const BYE_WAIT_MS = 4_000;
/** How long a 200 may be on its way to drachtio and back when the call ends meanwhile. */
const ANSWER_WAIT_MS = 4_000;
/**
 * What the server says of our 200 when a CANCEL crossed it, which it has answered with 487. drachtio-srf,
 * which forgets a pending INVITE when its final response is sent, tells of no such CANCEL.
 */
const TRANSACTION_GONE = /unknown transaction/;

type LegState =
  | { name: 'waiting' }
  | { name: 'answering'; settled: Promise<void> }
  | { name: 'answered'; dialog: LiveDialog }
  | { name: 'over'; status: number | undefined };

export interface InboundLegOptions {
  srf: Srf;
  request: Srf.SrfRequest;
  response: Srf.SrfResponse;
  /** Trunks that the caller may use. */
  trunks: readonly Trunk[];
  log: Logger;
}

/** One INVITE under drachtio-srf, from its arrival to the end of its dialog. */
export class InboundLeg implements SipLeg {
  readonly invite: Invite;
  readonly #srf: Srf;
  readonly #request: Srf.SrfRequest;
  readonly #response: Srf.SrfResponse;
  readonly #log: Logger;
  readonly #connectionLost = Promise.withResolvers<never>();
  #state: LegState = { name: 'waiting' };
  #events: LegEvents | undefined;

  constructor({ srf, request, response, trunks, log }: InboundLegOptions) {
    this.#srf = srf;
    this.#request = request;
    this.#response = response;
    this.#connectionLost.promise.catch(() => undefined);
    this.invite = readInvite(request, trunks);
    this.#log = log.child({ sipCallId: this.invite.sipCallId });
    // drachtio-srf forgets a pending INVITE when its CANCEL comes: a listener added later never fires.
    request.on('cancel', () => this.#cancelled());
  }

  get sipCallId(): string {
    return this.invite.sipCallId;
  }

  get transport(): string {
    return this.invite.transport;
  }

  /** True from the INVITE to the 200 or another final response. */
  get unanswered(): boolean {
    return this.#state.name === 'waiting' || this.#state.name === 'answering';
  }

  listen(events: LegEvents): void {
    this.#events = events;
  }

  ring(): void {
    if (this.#state.name === 'waiting') this.#response.send(180);
  }

  async answer(sdp: string): Promise<{ localTag: string }> {
    if (this.#state.name !== 'waiting') throw new Error(`the leg is ${this.#state.name} already`);
    if (!this.#events) throw new Error('nobody listens to the leg');
    const answered = this.#createDialog(sdp, this.#events);
    const settled = answered.then(
      () => undefined,
      () => undefined,
    );
    this.#state = { name: 'answering', settled };
    const dialog = await answered;
    return { localTag: dialog.localTag };
  }

  transfer(request: TransferRequest): Promise<TransferResult> {
    const state = this.#state;
    if (state.name === 'answered') return state.dialog.transfer(request);
    return Promise.resolve({ status: 481, reason: 'there is no call' });
  }

  sendDtmf(digit: string): void {
    if (this.#state.name === 'answered') this.#state.dialog.sendDtmf(digit);
  }

  /** Listeners are attached inside the callback: a BYE may be read in the same turn as the echo. */
  #createDialog(sdp: string, events: LegEvents): Promise<LiveDialog> {
    const agreed = agreeSessionTimer(timerRequest(this.#request));
    const timer = agreed === 'too-small' ? undefined : agreed;
    const headers = {
      'Content-Type': 'application/sdp',
      ...ABILITIES,
      ...sessionTimerHeaders(timer),
    };
    return new Promise((resolve, reject) => {
      this.#connectionLost.promise.catch(reject);
      const options = { localSdp: sdp, headers };
      this.#srf.createUAS(this.#request, this.#response, options, (error: unknown, dialog) => {
        if (error) {
          // drachtio-srf hands on a bare string when the server refuses a response.
          const fault =
            error instanceof Error
              ? error
              : new Error(typeof error === 'string' ? error : 'no dialog');
          if (TRANSACTION_GONE.test(fault.message)) this.#cancelled();
          if (this.unanswered) this.#state = { name: 'over', status: undefined };
          return reject(fault);
        }
        const live = this.#goLive(dialog, timer, events);
        const wanted = this.unanswered;
        if (wanted) this.#state = { name: 'answered', dialog: live };
        resolve(live);
        // CANCEL and our 200 crossed on their way: the dialog stands, but nobody wants it.
        if (!wanted) void live.bye();
      });
    });
  }

  #goLive(dialog: Srf.Dialog, timer: SessionTimer | undefined, events: LegEvents): LiveDialog {
    const log = this.#log;
    const onOver = () => {
      if (this.#state.name === 'over') return false;
      this.#state = { name: 'over', status: 200 };
      return true;
    };
    return new LiveDialog({ dialog, timer, events, log, onOver });
  }

  async end(end: LegEnd): Promise<number | undefined> {
    if (this.#state.name === 'answering') {
      await atMost(ANSWER_WAIT_MS, this.#state.settled);
    }
    const state = this.#state;
    switch (state.name) {
      case 'over':
        return state.status;
      case 'answered':
        this.#state = { name: 'over', status: 200 };
        await atMost(BYE_WAIT_MS, state.dialog.bye());
        return 200;
      case 'waiting':
      case 'answering':
        this.#state = { name: 'over', status: end.status };
        this.#refuse(end);
        return end.status;
    }
  }

  /** The connection to drachtio broke. Calls that are up go on: their audio does not pass there. */
  connectionLost(): void {
    if (!this.unanswered) return;
    this.#state = { name: 'over', status: undefined };
    this.#connectionLost.reject(new Error('the connection to the SIP server was lost'));
    this.#events?.lost();
  }

  #cancelled(): void {
    if (!this.unanswered) return;
    this.#state = { name: 'over', status: 487 };
    this.#events?.cancelled();
  }

  #refuse(end: LegEnd): void {
    const headers: Record<string, string> = {};
    if (end.retryAfterSeconds !== undefined) headers['Retry-After'] = String(end.retryAfterSeconds);
    try {
      this.#response.send(end.status, { headers });
    } catch (error) {
      this.#log.warn({ err: error, status: end.status }, 'the final response could not be sent');
    }
  }
}
