import type { StackOptions } from '@patchbay/sandbox/stack/stack';

/** What the runner has to know of a k6 script. */
export interface Script {
  /** One line for the list. */
  about: string;
  /** Doors that its calls come through; none: it makes no calls. */
  doors: readonly ('phone' | 'web')[];
  /** What a local stack is started with, by service, beside the defaults of a load test. */
  stackEnv?: NonNullable<StackOptions['env']>;
  /** What counts is the curve: its threshold is where to stop. */
  toBreak?: boolean;
}

/** So many places that the machine breaks first. */
const MANY_PLACES = { agent: { AGENT_MAX_CALLS: '200', AGENT_IDLE_PROCESSES: '4' } };

export const SCRIPTS: Readonly<Record<string, Script>> = {
  token: {
    about: 'the token API: rate, latency, refusals with 429 and 503',
    doors: [],
    // A steady rate finds a place, a flood does not.
    stackEnv: { agent: { AGENT_MAX_CALLS: '30' } },
  },
  'calls-phone': { about: 'phone calls at a steady number at once', doors: ['phone'] },
  'calls-web': { about: 'web calls at a steady number at once', doors: ['web'] },
  mixed: { about: 'both doors at once, callers as they come', doors: ['phone', 'web'] },
  'ramp-to-break': {
    about: 'more and more calls at once until it breaks',
    doors: ['phone'],
    stackEnv: MANY_PLACES,
    toBreak: true,
  },
  spike: {
    about: 'many calls at one moment, and how it is afterwards',
    doors: ['phone'],
    stackEnv: MANY_PLACES,
  },
  soak: { about: 'a few calls for a long time', doors: ['phone', 'web'] },
  faults: { about: 'providers fail while callers talk', doors: ['phone'] },
};
