import type { EventEmitter } from 'node:events';
import type Srf from 'drachtio-srf';
import type { Logger } from '@patchbay/common/logger';
import { unsupportedOptions } from './abilities.ts';
import { formatDtmfRelay, parseDtmfRelay } from './dtmf-relay.ts';
import { headerOf, sdpOf } from './invite.ts';
import type { LegEvents } from './leg.ts';
import type { TransferRequest, TransferResult } from './refer.ts';
import {
  agreeSessionTimer,
  MIN_SESSION_SECONDS,
  sessionTimerHeaders,
  type SessionTimer,
} from './session-timer.ts';
import { Transfer } from './transfer.ts';

const SDP = { 'Content-Type': 'application/sdp' };

export interface LiveDialogOptions {
  dialog: Srf.Dialog;
  events: LegEvents;
  /** What was agreed when the call was answered. */
  timer: SessionTimer | undefined;
  log: Logger;
  /** The far end, or the SIP server for it, has ended the dialog. @returns false if we had before */
  onOver: () => boolean;
}

/** An answered call under drachtio-srf: what the far end asks within it, and what we ask. */
export class LiveDialog {
  readonly #options: LiveDialogOptions;
  readonly #dialog: Srf.Dialog;
  #timer: SessionTimer | undefined;
  #transfer: Transfer | undefined;

  constructor(options: LiveDialogOptions) {
    this.#options = options;
    this.#dialog = options.dialog;
    this.#timer = options.timer;
    this.#listen();
  }

  get localTag(): string {
    return this.#dialog.sip.localTag;
  }

  /** Resolves when the far end confirmed, or after the SIP server gave it up (32 s). */
  bye(): Promise<void> {
    this.#transfer?.cancel();
    return new Promise((resolve) => {
      this.#dialog.destroy({ headers: {} }, (error: unknown) => {
        if (error) this.#options.log.warn({ err: error }, 'BYE could not be sent');
        resolve();
      });
    });
  }

  /** Never rejects. One at a time: 491 while another goes on. */
  transfer(request: TransferRequest): Promise<TransferResult> {
    if (this.#transfer && !this.#transfer.over) {
      return Promise.resolve({ status: 491, reason: 'another transfer goes on' });
    }
    this.#transfer = new Transfer(this.#dialog);
    return this.#transfer.start(request);
  }

  /** Press a key by INFO, for peers without telephone events. Never throws. */
  sendDtmf(digit: string): void {
    const options = { method: 'INFO', ...formatDtmfRelay(digit) };
    this.#dialog.request(options as unknown as Srf.SrfRequest, (error: unknown) => {
      if (error) this.#options.log.warn({ err: error }, 'a key could not be sent by INFO');
    });
  }

  #listen(): void {
    const { events, onOver } = this.#options;
    const dialog = this.#dialog;
    // The typings miss the second argument of `destroy`.
    const emitter: EventEmitter = dialog;
    emitter.on('destroy', (_bye: unknown, reason: unknown) => {
      const news = onOver();
      const transferred = this.#transfer?.hungUp() ?? false;
      if (!news) return;
      if (reason === 'ACK timeout') events.ackTimeout();
      else if (reason === 'Session timer expired') events.expired();
      else events.hungUp(transferred);
    });
    dialog.on('info', (request, response) => {
      const digit = parseDtmfRelay(headerOf(request, 'Content-Type'), request.body);
      response.send(digit === undefined ? 415 : 200);
      if (digit !== undefined) events.dtmf(digit);
    });
    dialog.on('modify', (request, response) => {
      if (!refusedForOptions(request, response)) this.#modify(request, response, sdpOf(request));
    });
    dialog.on('update', (request, response) => {
      if (refusedForOptions(request, response)) return;
      const sdp = sdpOf(request);
      // RFC 3311 §5.2: unlike an INVITE, an UPDATE without an offer wants none from us.
      if (sdp.trim() === '') this.#agree(request, response);
      else this.#modify(request, response, sdp);
    });
    dialog.on('ack', (ack) => {
      const sdp = sdpOf(ack);
      if (sdp.trim() !== '') events.answer(sdp);
    });
    dialog.on('notify', (request, response) => {
      response.send(200);
      this.#transfer?.notified(request.body, headerOf(request, 'Subscription-State'));
    });
    // Without a listener drachtio-srf would say 200 and nothing would be transferred.
    dialog.on('refer', (_request, response) => response.send(603));
  }

  #modify(request: Srf.SrfRequest, response: Srf.SrfResponse, sdp: string): void {
    if (this.#intervalTooSmall(request, response)) return;
    const result = this.#options.events.reinvite(sdp);
    if ('status' in result) return response.send(result.status);
    this.#dialog.local.sdp = result.sdp;
    this.#agree(request, response, result.sdp);
  }

  #agree(request: Srf.SrfRequest, response: Srf.SrfResponse, sdp?: string): void {
    if (this.#intervalTooSmall(request, response)) return;
    const agreed = agreeSessionTimer(timerRequest(request), this.#timer);
    this.#timer = agreed === 'too-small' ? undefined : agreed;
    const headers = { ...sessionTimerHeaders(this.#timer), ...(sdp === undefined ? {} : SDP) };
    response.send(200, { headers, ...(sdp === undefined ? {} : { body: sdp }) });
  }

  /** drachtio-server refuses these by itself; others may not. */
  #intervalTooSmall(request: Srf.SrfRequest, response: Srf.SrfResponse): boolean {
    if (agreeSessionTimer(timerRequest(request), this.#timer) !== 'too-small') return false;
    response.send(422, { headers: { 'Min-SE': String(MIN_SESSION_SECONDS) } });
    return true;
  }
}

/** A re-INVITE or UPDATE that requires what we do not do changes nothing. */
function refusedForOptions(request: Srf.SrfRequest, response: Srf.SrfResponse): boolean {
  const headers = unsupportedOptions(headerOf(request, 'Require'));
  if (headers) response.send(420, { headers });
  return headers !== undefined;
}

/** The headers that a session timer is agreed by. */
export function timerRequest(request: Srf.SipMessage) {
  return {
    sessionExpires: headerOf(request, 'Session-Expires'),
    supported: headerOf(request, 'Supported'),
    require: headerOf(request, 'Require'),
  };
}
