import type { Trunk } from './trunk.ts';
import type { TurnedAway, Verdict, Visitor } from './doorman.ts';
import type { TransferRequest, TransferResult } from './refer.ts';

/** What an INVITE asks for, free of any SIP library. */
export interface Invite {
  /** SIP Call-ID. */
  sipCallId: string;
  transport: string;
  /** Far end of the signalling, `address:port`. */
  peer: string;
  /** Trunks that the caller may use. */
  trunks: readonly Trunk[];
  /** User part of the Request-URI. */
  calledUser: string;
  /** User part of From; empty if there is none. */
  callerUser: string;
  /** Host part of From. */
  callerHost: string;
  /** Headers by lower-case name. */
  headers: Readonly<Record<string, string>>;
  /** SDP offer; empty if the INVITE carried none. */
  offer: string;
  /** Set if a header that is needed can't be read. */
  malformed: string | undefined;
  /** Unix ms. */
  receivedAtMs: number;
}

/** What the far end does to a call after its INVITE. */
export interface LegEvents {
  /** CANCEL, before the answer. */
  cancelled(): void;
  /** BYE. @param transferred the far end took the caller along, as we had asked it to */
  hungUp(transferred: boolean): void;
  /** Our 200 was never acknowledged. */
  ackTimeout(): void;
  /** The connection to the SIP server broke before the call was answered. */
  lost(): void;
  /** A key pressed, sent by INFO with application/dtmf-relay. */
  dtmf(digit: string): void;
  /** Nobody refreshed the session in time (RFC 4028); the call is over. */
  expired(): void;
  /** The answer to an offer of ours, in ACK. */
  answer(sdp: string): void;
  /** A provisional response to our INVITE, with its SDP or ''. */
  progress(status: number, sdp: string): void;
  /**
   * A re-INVITE or UPDATE; without an offer it wants ours.
   * @returns our description, or the status to refuse it with
   */
  reinvite(offer: string): { sdp: string } | { status: number };
}

export interface LegEnd {
  /** Final status if the INVITE has not been answered yet. */
  status: number;
  /** Seconds for a Retry-After header. */
  retryAfterSeconds?: number;
}

/** The SIP side of one call, in or out. */
export interface Leg {
  /** SIP Call-ID; empty before an INVITE of ours has gone. */
  readonly sipCallId: string;
  readonly transport: string;
  /** Must be called before the first await after the leg was made. */
  listen(events: LegEvents): void;
  /** Have the far end call somebody else instead of us (REFER). Never rejects. */
  transfer(request: TransferRequest): Promise<TransferResult>;
  /** Press a key by INFO. Never throws. */
  sendDtmf(digit: string): void;
  /**
   * End the leg in the way that is right at this moment: a final response, a BYE, or nothing if
   * the far end ended it. Never rejects, takes a bounded time, may be called twice.
   * @returns the final status of the INVITE, if one was sent
   */
  end(end: LegEnd): Promise<number | undefined>;
}

/** The SIP side of one inbound call. */
export interface SipLeg extends Leg {
  readonly invite: Invite;
  /** 180 Ringing. */
  ring(): void;
  /**
   * 200 OK with our answer, or with our offer if the INVITE had none; then the answer comes as an
   * event. Resolves when it was sent.
   * @returns our tag of the dialog
   * @throws if the caller has gone or the SIP server is away
   */
  answer(sdp: string): Promise<{ localTag: string }>;
}

/** The SIP side of one call that we place. */
export interface OutboundLeg extends Leg {
  /**
   * Send the INVITE with our offer and wait for the answer.
   * @returns our tag and their answer
   * @throws {DialError} if they refuse, or the leg is ended meanwhile
   */
  dial(sdp: string): Promise<{ localTag: string; sdp: string }>;
}

/** An INVITE of ours was refused, or never went out (status 503). */
export class DialError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string) {
    super(`${status} ${reason}`);
    this.name = 'DialError';
    this.status = status;
    this.reason = reason;
  }
}

/** What one trunk of the SIP side gives the rest: calls and the state of its connection. */
export interface SipServerEvents {
  call(leg: SipLeg): void;
  connected(connected: boolean): void;
  /** Judge an INVITE before anything is made for it. */
  invite(visitor: Visitor): Verdict;
  /** A request was refused for what it asks, which a sender may ask otherwise. */
  turnedAway(reason: TurnedAway): void;
  /** Judge a request that is neither an INVITE nor part of a call. */
  greet(visitor: Visitor): Verdict;
  /** @returns seconds for Retry-After if no call can be taken now, and OPTIONS gets 503 */
  busyForSeconds(): number | undefined;
}
