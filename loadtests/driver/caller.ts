import type { Speaker } from '@patchbay/sandbox/demo/conversation';
import type { HeardEvent, WaitOptions } from '@patchbay/sandbox/telephone/hearing';
import type { CallResult, NetworkResult, StagesMs } from './result.ts';

/** A caller at one of the doors, in a call. Times in Unix ms. */
export interface Caller extends Speaker {
  /** Resolves when somebody is there to talk to. @throws Error with the reason if nobody came */
  readonly answered: Promise<void>;
  /** Resolves at the first ringing; a web call rings when it is answered. */
  readonly ringing: Promise<void>;
  /** Resolves when the call is over, with who ended it; never rejects. */
  readonly ended: Promise<string>;
  /** SIP Call-ID or room. */
  readonly reference: string;
  readonly stepsMs: CallResult['stepsMs'];
  waitForSpeechStart(options?: WaitOptions): Promise<number>;
  onHeard(listener: (event: HeardEvent) => void): () => void;
  sendDtmf(digits: string): Promise<void>;
  hangUp(): Promise<void>;
  /** What is known of the network by now. */
  network(): NetworkResult | undefined;
  /** How late its packets left, ms. */
  pacingMs(): { p50: number; p99: number; max: number };
  /** Stages of the turns, once the call is over. */
  stages(): Promise<StagesMs[]>;
}
