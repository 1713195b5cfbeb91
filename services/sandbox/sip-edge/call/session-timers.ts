/**
 * Session timers (RFC 4028), as drachtio-server keeps them for its applications: it reads
 * Session-Expires on its way, sends the refreshes that are ours and ends calls that nobody refreshed.
 */
import {
  field,
  header,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '../../sip/message.ts';
import type { CallContext } from './context.ts';
import { sequenceOf, type Dialog } from './dialog.ts';
import { flowOf } from './hang-up.ts';

/** Shorter ones are refused within calls; applications refuse them in the first INVITE. */
export const MIN_SESSION_SECONDS = 90;
const EXPIRED = 'SIP ;cause=200 ;text="Session timer expired"';
const NONE = Buffer.alloc(0);

interface SessionExpires {
  seconds: number;
  refresher: 'uac' | 'uas' | undefined;
}

export class SessionTimers {
  readonly #context: CallContext;
  readonly #hangUp: (dialog: Dialog, reason: string) => void;

  /** @param hangUp sends BYE of the edge's own accord and tells the application */
  constructor(context: CallContext, hangUp: (dialog: Dialog, reason: string) => void) {
    this.#context = context;
    this.#hangUp = hangUp;
  }

  /** The application's 2xx to their first INVITE: its word counts, else the named refresher. */
  answered(dialog: Dialog, invite: SipRequest, response: SipResponse): void {
    const ofApp = sessionExpires(response);
    const asked = sessionExpires(invite);
    const agreed = ofApp ?? (asked?.refresher === undefined ? undefined : asked);
    if (agreed) this.#set(dialog, agreed.seconds, agreed.refresher === 'uas');
  }

  /** Their re-INVITE or UPDATE. @returns false if its interval is too short */
  asked(dialog: Dialog, request: SipRequest): boolean {
    const before = dialog.sessionTimer;
    this.#stop(dialog);
    const asked = sessionExpires(request);
    if (!asked) return true;
    if (asked.seconds < MIN_SESSION_SECONDS) return false;
    const theirs =
      asked.refresher === undefined ? before?.weRefresh === true : asked.refresher === 'uac';
    this.#set(dialog, asked.seconds, !theirs);
    return true;
  }

  /** Their 2xx to an INVITE of ours, in which "uac" is us. */
  accepted(dialog: Dialog, response: SipResponse): void {
    const agreed = sessionExpires(response);
    if (agreed) this.#set(dialog, agreed.seconds, agreed.refresher !== 'uas');
  }

  #set(dialog: Dialog, seconds: number, weRefresh: boolean): void {
    this.#stop(dialog);
    const interval = Math.max(seconds, MIN_SESSION_SECONDS);
    const act = () => {
      dialog.sessionTimer = undefined;
      if (weRefresh) this.#refresh(dialog, interval);
      else this.#hangUp(dialog, EXPIRED);
    };
    // Ours go half-way, so that there is time for another try (§7.2).
    const timeout = setTimeout(act, (weRefresh ? interval / 2 : interval) * 1_000);
    dialog.sessionTimer = { weRefresh, timeout };
  }

  #stop(dialog: Dialog): void {
    clearTimeout(dialog.sessionTimer?.timeout);
    dialog.sessionTimer = undefined;
  }

  #refresh(dialog: Dialog, seconds: number): void {
    const { endpoint } = this.#context;
    if (dialog.state !== 'confirmed') return;
    // An INVITE of the application's refreshes as well.
    if (dialog.invitePending) return this.#set(dialog, seconds, true);
    const flow = flowOf(this.#context, dialog);
    const invite = dialog.createRequest(
      'INVITE',
      [
        field('Contact', dialog.localContact),
        field('Session-Expires', `${seconds};refresher=uac`),
        field('Min-SE', String(MIN_SESSION_SECONDS)),
        field('Supported', 'timer'),
        field('Content-Type', 'application/sdp'),
      ],
      dialog.localSdp,
    );
    dialog.invitePending = true;
    endpoint.request(invite, flow, {
      onResponse: (response) => this.#onResponse(dialog, invite, response, seconds),
      onFailure: () => this.#failed(dialog),
    });
  }

  #onResponse(dialog: Dialog, invite: SipRequest, response: SipResponse, seconds: number): void {
    if (response.status < 200) return;
    dialog.invitePending = false;
    if (response.status === 491) return this.#set(dialog, seconds, true);
    if (response.status >= 300) return this.#failed(dialog);
    dialog.refreshTarget(response);
    const flow = flowOf(this.#context, dialog);
    this.#context.endpoint.sendAck(dialog.createRequest('ACK', [], NONE, sequenceOf(invite)), flow);
    if (dialog.state === 'confirmed') this.accepted(dialog, response);
  }

  #failed(dialog: Dialog): void {
    dialog.invitePending = false;
    this.#hangUp(dialog, EXPIRED);
  }
}

function sessionExpires(message: SipMessage): SessionExpires | undefined {
  const match = /^\s*(\d{1,9})\s*(;.*)?$/.exec(header(message, 'session-expires') ?? '');
  if (!match?.[1]) return undefined;
  const named = /;\s*refresher\s*=\s*(uac|uas)\b/i.exec(match[2] ?? '')?.[1]?.toLowerCase();
  return {
    seconds: Number(match[1]),
    refresher: named === 'uac' || named === 'uas' ? named : undefined,
  };
}
