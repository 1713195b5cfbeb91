import { PCMA, PCMU } from '@patchbay/common/g711';
import type { CallRecord } from '@patchbay/common/call-record';
import type { PhoneCall } from '@patchbay/sandbox/telephone/phone-call';
import type { Telephone } from '@patchbay/sandbox/telephone/telephone';
import type { WaitOptions } from '@patchbay/sandbox/telephone/hearing';
import { BadLine } from './bad-line.ts';
import type { Caller } from './caller.ts';
import type { CallPlan } from './plan.ts';
import { rateNetwork } from './rating.ts';
import type { CallResult, StagesMs } from './result.ts';
import { stagesOfReports } from './turn-stages.ts';

/** A pause in the agent's words shorter than this does not end what it says. */
const HANGOVER_MS = 900;

/** A caller with the sandbox's telephone: SIP and RTP, no audio device. */
export class PhoneCaller implements Caller {
  readonly #call: PhoneCall;
  readonly #record: (sipCallId: string) => Promise<CallRecord | undefined>;

  /**
   * Dials at once.
   * @param options.record finds the bridge's record of a call, if it is told of records at all
   */
  constructor(options: {
    telephone: Telephone;
    server: { host: string; port: number };
    number: string;
    from: string;
    plan: CallPlan;
    record: (sipCallId: string) => Promise<CallRecord | undefined>;
  }) {
    const { telephone, server, number, from, plan } = options;
    this.#record = options.record;
    this.#call = telephone.call({
      to: number,
      from,
      server,
      payloadTypes: [plan.codec === 'PCMA' ? PCMA : PCMU],
      record: false,
      speech: { hangoverMs: HANGOVER_MS },
      ...(plan.impairments ? { line: new BadLine(plan.impairments) } : {}),
    });
  }

  get answered(): Promise<void> {
    return this.#call.answered;
  }

  get ringing(): Promise<void> {
    return this.#call.ringing;
  }

  get ended(): Promise<string> {
    return this.#call.ended.then(({ by }) => (by === 'peer' ? 'agent' : by));
  }

  get reference(): string {
    return this.#call.callId;
  }

  get stepsMs(): CallResult['stepsMs'] {
    const { invite = 0, ringing, answered, firstAudible } = this.#call.times;
    return {
      ...(ringing === undefined ? {} : { ring: ringing - invite }),
      ...(answered === undefined ? {} : { answer: answered - invite }),
      ...(firstAudible === undefined ? {} : { greeting: firstAudible - invite }),
    };
  }

  play(samples: Int16Array) {
    return this.#call.play(samples);
  }

  nextUtterance(options?: WaitOptions) {
    return this.#call.nextUtterance(options);
  }

  waitForSpeechStart(options?: WaitOptions) {
    return this.#call.waitForSpeechStart(options);
  }

  onHeard(listener: Parameters<PhoneCall['onHeard']>[0]) {
    return this.#call.onHeard(listener);
  }

  sendDtmf(digits: string) {
    return this.#call.sendDtmf(digits);
  }

  hangUp() {
    return this.#call.hangup();
  }

  network() {
    const { sent, received, lost, jitterMs } = this.#call.stats;
    return received === 0 ? undefined : rateNetwork({ sent, received, lost, jitterMs });
  }

  pacingMs() {
    return this.#call.stats.pacingErrorMs;
  }

  async stages(): Promise<StagesMs[]> {
    const record = await this.#record(this.#call.callId);
    if (!record) return [];
    const { bridgeInMs, bridgeOutMs } = record.media ?? {};
    return stagesOfReports(record.turns, {
      ...(bridgeInMs === undefined ? {} : { bridgeIn: bridgeInMs }),
      ...(bridgeOutMs === undefined ? {} : { bridgeOut: bridgeOutMs }),
    });
  }
}
