import type { Invite, LegEnd, LegEvents, SipLeg } from '../sip/leg.ts';
import type { TransferRequest, TransferResult } from '../sip/refer.ts';
import { trunkSchema } from '../sip/trunk.ts';

export const LOCAL_TRUNK = trunkSchema.parse({
  name: 'local',
  numbers: { '+12025550101': 'bank' },
});

export const EXOTEL_OFFER = [
  'v=0',
  'o=Exotel 1700000000 1700000001 IN IP4 182.76.143.61',
  's=Exotel',
  'c=IN IP4 182.76.143.61',
  't=0 0',
  'm=audio 37456 RTP/AVP 8 0 96',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:96 telephone-event/8000',
  'a=fmtp:96 0-15',
  'a=ptime:20',
  'a=rtcp:37457',
  'a=sendrecv',
  '',
].join('\r\n');

export function sampleInvite(changes: Partial<Invite> = {}): Invite {
  return {
    sipCallId: 'abc@192.0.2.1',
    transport: 'tcp',
    peer: '192.0.2.1:5070',
    trunks: [LOCAL_TRUNK],
    calledUser: '+12025550101',
    callerUser: '+12025550187',
    callerHost: '192.0.2.1',
    headers: { 'x-exotel-callsid': 'exo-1', 'user-agent': 'test' },
    offer: EXOTEL_OFFER,
    malformed: undefined,
    receivedAtMs: Date.now(),
    ...changes,
  };
}

/** A SIP leg without a network: tests play the caller through `events`. */
export class FakeLeg implements SipLeg {
  readonly invite: Invite;
  readonly steps: string[] = [];
  readonly transferring = Promise.withResolvers<TransferResult>();
  readonly answering = Promise.withResolvers<{ localTag: string }>();
  events!: LegEvents;
  /** Final responses and BYEs that were sent: more than one is a fault. */
  ended: string[] = [];
  #state: 'waiting' | 'answering' | 'answered' | 'over' = 'waiting';
  status: number | undefined;
  /** What our 200 carried. */
  said = '';

  constructor(changes: Partial<Invite> = {}) {
    this.invite = sampleInvite(changes);
    this.answering.promise.catch(() => undefined);
  }

  get sipCallId(): string {
    return this.invite.sipCallId;
  }

  get transport(): string {
    return this.invite.transport;
  }

  listen(events: LegEvents): void {
    this.events = events;
  }

  ring(): void {
    this.steps.push('180');
  }

  async answer(sdp: string): Promise<{ localTag: string }> {
    this.steps.push('200');
    this.said = sdp;
    this.#state = 'answering';
    if (!sdp.startsWith('v=0')) throw new Error('no SDP');
    const result = await this.answering.promise;
    if (this.#state === 'answering') this.#state = 'answered';
    return result;
  }

  async end(end: LegEnd): Promise<number | undefined> {
    if (this.#state === 'answering') {
      await this.answering.promise.catch(() => undefined);
      await Promise.resolve();
    }
    if (this.#state === 'answered') {
      this.ended.push('BYE');
      this.status = 200;
    } else if (this.#state !== 'over') {
      this.ended.push(String(end.status));
      this.status = end.status;
    }
    this.#state = 'over';
    return this.status;
  }

  transfer(request: TransferRequest): Promise<TransferResult> {
    this.steps.push(`REFER ${request.target}`);
    return this.transferring.promise;
  }

  sendDtmf(digit: string): void {
    this.steps.push(`INFO ${digit}`);
  }

  /** The caller gives up: CANCEL before the answer, BYE after it. */
  hangUp(): void {
    const answered = this.#state === 'answered';
    this.status = answered ? 200 : 487;
    this.#state = 'over';
    this.ended.push(answered ? 'their BYE' : 'their CANCEL');
    this.answering.reject(new Error('cancelled'));
    if (answered) this.events.hungUp(false);
    else this.events.cancelled();
  }

  lose(): void {
    if (this.#state === 'waiting' || this.#state === 'answering') {
      this.#state = 'over';
      this.ended.push('lost');
      this.answering.reject(new Error('lost'));
      this.events.lost();
    }
  }
}
