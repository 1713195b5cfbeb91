import { agentNameSchema } from '@patchbay/common/room-contract';
import { z } from 'zod';

const MAX_TURNS = 20;
const MAX_TEXT_CHARACTERS = 200;
const part = (what: string) => z.number().min(0, `${what} is a part from 0 to 1`).max(1);
const ms = (most: number) => z.number().int().min(0).max(most);

export const numberSchema = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, 'must be a phone number in E.164 form, for example +12025550187');

/** What has to be heard for an answer to be right. Without one any answer that is understood is. */
const expectSchema = z.discriminatedUnion('that', [
  /** An amount of money; in cents if it has to be this one. */
  z.strictObject({ that: z.literal('amount'), minor: z.number().int().optional() }),
  z.strictObject({ that: z.literal('words'), words: z.string().min(1).max(MAX_TEXT_CHARACTERS) }),
]);
export type Expectation = z.output<typeof expectSchema>;

const stepSchema = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('say'),
    text: z.string().min(1).max(MAX_TEXT_CHARACTERS),
    expect: expectSchema.optional(),
    /** Speak into the agent's words, this long after they began, and not when they are over. */
    bargeInMs: ms(10_000).optional(),
  }),
  /** Say nothing for a while. */
  z.strictObject({ do: z.literal('silence'), ms: ms(60_000) }),
  /** Press keys (phone). */
  z.strictObject({ do: z.literal('keys'), digits: z.string().regex(/^[0-9*#A-D]{1,32}$/) }),
]);
export type Step = z.output<typeof stepSchema>;

/** What the network does to the packets of a phone call, both ways; the same in every run. */
const impairmentsSchema = z.strictObject({
  /** Part of the packets that is lost, `burst` at a time on average. */
  loss: part('loss').default(0),
  burst: z.number().min(1).max(50).default(1),
  /** Delays are spread evenly over delay ± jitter. */
  delayMs: ms(2_000).default(0),
  jitterMs: ms(1_000).default(0),
  /** Part of the packets that takes no delay, and so overtakes others. */
  reorder: part('reorder').default(0),
  seed: z.number().int().min(1).default(1),
});
export type Impairments = z.output<typeof impairmentsSchema>;

/** One call as k6 orders it. */
export const planSchema = z
  .strictObject({
    door: z.enum(['phone', 'web']),
    agent: agentNameSchema,
    steps: z.array(stepSchema).max(MAX_TURNS).default([]),
    /**
     * When the caller hangs up: while it rings, in the middle of the greeting, after the last step, or
     * not at all, because the agent does.
     */
    hangUp: z.enum(['ringing', 'greeting', 'steps', 'agent']).default('steps'),
    /** Calling number (phone). */
    from: numberSchema.optional(),
    codec: z.enum(['PCMA', 'PCMU']).default('PCMA'),
    impairments: impairmentsSchema.optional(),
    /** Noise under each sentence, in dB against it: −20 is a noisy street, −5 drowns it. */
    noiseDb: z.number().min(-60).max(10).optional(),
    /** The call is broken off after this long, whatever it does. */
    callLimitMs: ms(600_000).min(1_000).default(120_000),
  })
  .superRefine((plan, context) => {
    if (plan.door === 'phone') return;
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (plan.impairments) {
      refuse('impairments', 'are for the phone; for the web door use netem (docs/load-testing.md)');
    }
    if (plan.steps.some((step) => step.do === 'keys')) {
      refuse('steps', 'keys can be pressed on a phone only');
    }
    if (plan.hangUp === 'ringing') refuse('hangUp', 'a web call does not ring');
  });

export type CallPlan = z.output<typeof planSchema>;
/** As it is sent: what has a default may be left out. */
export type CallOrder = z.input<typeof planSchema>;

/** @returns the plan, or every fault of it in words */
export function parsePlan(body: unknown): { plan: CallPlan } | { faults: string[] } {
  const result = planSchema.safeParse(body);
  if (result.success) return { plan: result.data };
  return {
    faults: result.error.issues.map(
      ({ path, message }) => `${path.map(String).join('.') || '(body)'}: ${message}`,
    ),
  };
}
