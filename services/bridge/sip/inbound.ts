import type { EventEmitter } from 'node:events';
import type Srf from 'drachtio-srf';
import type { Logger } from '@patchbay/common/logger';
import { parseDtmfRelay } from './dtmf-relay.ts';
import { headerOf, readInvite, sdpOf } from './invite.ts';
import type { Invite, LegEnd, LegEvents, SipLeg } from './leg.ts';
import type { Trunk } from './trunk.ts';

/** A dead peer never answers a BYE; drachtio would wait 32 s. */
const BYE_WAIT_MS = 4_000;
/** How long a 200 may be on its way to drachtio and back when the call ends meanwhile. */
const ANSWER_WAIT_MS = 4_000;

type LegState =
  | { name: 'waiting' }
  | { name: 'answering'; settled: Promise<void> }
  | { name: 'answered'; dialog: Srf.Dialog }
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
    this.#log = log;
    this.#connectionLost.promise.catch(() => undefined);
    this.invite = readInvite(request, trunks);
    // drachtio-srf forgets a pending INVITE when its CANCEL comes: a listener added later never fires.
    request.on('cancel', () => {
      if (this.#state.name === 'answered' || this.#state.name === 'over') return;
      this.#state = { name: 'over', status: 487 };
      this.#events?.cancelled();
    });
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
    const answered = this.#createDialog(sdp);
    const settled = answered.then(
      () => undefined,
      () => undefined,
    );
    this.#state = { name: 'answering', settled };
    const dialog = await answered;
    return { localTag: dialog.sip.localTag };
  }

  /** Listeners are attached inside the callback: a BYE may be read in the same turn as the echo. */
  #createDialog(sdp: string): Promise<Srf.Dialog> {
    return new Promise((resolve, reject) => {
      this.#connectionLost.promise.catch(reject);
      const options = { localSdp: sdp, headers: { 'Content-Type': 'application/sdp' } };
      this.#srf.createUAS(this.#request, this.#response, options, (error: unknown, dialog) => {
        if (error) {
          if (this.unanswered) this.#state = { name: 'over', status: undefined };
          // drachtio-srf hands on a bare string when the server refuses a response.
          return reject(
            error instanceof Error
              ? error
              : new Error(typeof error === 'string' ? error : 'no dialog'),
          );
        }
        const wanted = this.unanswered;
        if (wanted) this.#state = { name: 'answered', dialog };
        this.#attach(dialog);
        resolve(dialog);
        // CANCEL and our 200 crossed on their way: the dialog stands, but nobody wants it.
        if (!wanted) void this.#bye(dialog);
      });
    });
  }

  async end(end: LegEnd): Promise<number | undefined> {
    if (this.#state.name === 'answering') {
      await withinMs(this.#state.settled, ANSWER_WAIT_MS);
    }
    const state = this.#state;
    switch (state.name) {
      case 'over':
        return state.status;
      case 'answered':
        this.#state = { name: 'over', status: 200 };
        await withinMs(this.#bye(state.dialog), BYE_WAIT_MS);
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

  #refuse(end: LegEnd): void {
    const headers: Record<string, string> = {};
    if (end.retryAfterSeconds !== undefined) headers['Retry-After'] = String(end.retryAfterSeconds);
    try {
      this.#response.send(end.status, { headers });
    } catch (error) {
      this.#log.warn({ err: error, status: end.status }, 'the final response could not be sent');
    }
  }

  #bye(dialog: Srf.Dialog): Promise<void> {
    return new Promise((resolve) => {
      dialog.destroy({ headers: {} }, (error: unknown) => {
        if (error) this.#log.warn({ err: error }, 'BYE could not be sent');
        resolve();
      });
    });
  }

  #attach(dialog: Srf.Dialog): void {
    // The typings miss the second argument of `destroy`.
    const emitter: EventEmitter = dialog;
    emitter.on('destroy', (_bye: unknown, reason: unknown) => {
      if (this.#state.name === 'over') return;
      this.#state = { name: 'over', status: 200 };
      if (reason === 'ACK timeout') this.#events?.ackTimeout();
      else this.#events?.hungUp();
    });
    dialog.on('info', (request, response) => {
      const digit = parseDtmfRelay(headerOf(request, 'Content-Type'), request.body);
      response.send(digit === undefined ? 415 : 200);
      if (digit !== undefined) this.#events?.dtmf(digit);
    });
    dialog.on('modify', (request, response) => {
      const result = this.#events?.reinvite(sdpOf(request)) ?? { status: 481 };
      if ('status' in result) return response.send(result.status);
      dialog.local.sdp = result.sdp;
      response.send(200, { body: result.sdp, headers: { 'Content-Type': 'application/sdp' } });
    });
    // Without a listener drachtio-srf would say 200 and nothing would be transferred.
    dialog.on('refer', (_request, response) => response.send(603));
  }
}

async function withinMs(work: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
