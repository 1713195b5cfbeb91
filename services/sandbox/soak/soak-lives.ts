import { setTimeout as delay } from 'node:timers/promises';
import type { CallOptions, PhoneCall } from '../telephone/phone-call.ts';
import { PhoneError } from '../telephone/phone-error.ts';
import type { AgentPlan } from './soak-agents.ts';

/** What a life of a call may do. */
export interface LifeTools {
  /** Dial, from a number of its own, with an agent that follows the plan. */
  call(plan: AgentPlan, options?: Partial<CallOptions>): PhoneCall;
  /** A whole number of ms from `from` to `to`. */
  between(from: number, to: number): number;
}

/** One way a call may go. Resolves with nothing if it went so, else with what was wrong. */
type Life = (tools: LifeTools) => Promise<string | undefined>;

/** How long the bridge may take for whatever a call waits for; a busy machine is slow. */
const PATIENCE_MS = 20_000;
const TALK: AgentPlan = { kind: 'talk' };
const STAY_AWAY: AgentPlan = { kind: 'stay-away' };

/** Calls by how they live. `busy` is any of them that found the bridge full. */
const LIVES = {
  talk: async (tools) => {
    const call = await answered(tools, TALK);
    await delay(tools.between(200, 1_500));
    await call.hangup();
    return heard(call);
  },
  'keys and words': async (tools) => {
    const call = await answered(tools, TALK);
    await call.sendDtmf('12#');
    await call.hangup();
    return heard(call);
  },
  'hung up at once': async (tools) => {
    const call = await answered(tools, TALK);
    await delay(tools.between(0, 60));
    await call.hangup();
    return undefined;
  },
  'the agent hangs up': async (tools) => {
    const call = tools.call({ kind: 'hang-up', afterMs: tools.between(0, 1_000) });
    const refused = await refusalOf(call);
    // It may hang up before the bridge has answered.
    if (refused?.status === 480) return undefined;
    if (refused) throw refused;
    return endedByPeer(call);
  },
  'cancelled while it rings': async (tools) => {
    const call = tools.call(STAY_AWAY);
    await call.ringing;
    await delay(tools.between(0, 500));
    await call.cancel();
    return (await call.ended).by === 'cancelled' ? undefined : 'it was not cancelled';
  },
  'cancelled at once': async (tools) => {
    const call = tools.call(TALK);
    await delay(tools.between(0, 150));
    await call.cancel();
    return undefined;
  },
  'the phone drops': async (tools) => {
    const call = await answered(tools, TALK);
    await delay(tools.between(0, 500));
    await call.vanish();
    return undefined;
  },
  silence: async (tools) => endedByPeer(await answered(tools, TALK, { sendRtp: false })),
  loss: async (tools) => {
    const call = await answered(tools, TALK, { lossRatio: tools.between(5, 60) / 100 });
    await delay(tools.between(500, 1_500));
    await call.hangup();
    return heard(call);
  },
  'held and resumed': async (tools) => {
    const call = await answered(tools, TALK);
    const hold = await call.reinvite((offer) => offer.replace('a=sendrecv', 'a=inactive'));
    await delay(tools.between(50, 500));
    const resume = await call.reinvite((offer) => offer);
    await call.hangup();
    return hold === 200 && resume === 200 ? undefined : `hold ${hold}, resume ${resume}`;
  },
  'another codec': async (tools) => {
    const call = await answered(tools, TALK);
    const status = await call.reinvite((offer) => offer.replace('RTP/AVP 8 0', 'RTP/AVP 0'));
    await delay(tools.between(100, 500));
    await call.hangup();
    return status === 200 ? heard(call) : `re-INVITE got ${status}`;
  },
  'late offer': async (tools) => {
    const call = await answered(tools, TALK, { lateOffer: true });
    await delay(tools.between(200, 800));
    await call.hangup();
    return heard(call);
  },
  'no such number': async (tools) => {
    const { status } = await tools.call(STAY_AWAY, { to: '+12025550199' }).ended;
    if (status === 503) return 'busy';
    return status === 404 ? undefined : `it got ${status}`;
  },
} satisfies Record<string, Life>;
export type LifeName = keyof typeof LIVES;
export const LIFE_NAMES = Object.keys(LIVES) as LifeName[];

/** Live one call. @returns `busy` if the bridge was full, what was wrong, or nothing */
export async function live(name: LifeName, tools: LifeTools): Promise<string | undefined> {
  try {
    return await LIVES[name](tools);
  } catch (error) {
    if (error instanceof PhoneError && error.status === 503) return 'busy';
    return (error as Error).message;
  }
}

async function answered(
  tools: LifeTools,
  plan: AgentPlan,
  options: Partial<CallOptions> = {},
): Promise<PhoneCall> {
  const call = tools.call(plan, options);
  await inTime(call.answered, 'no answer');
  return call;
}

/** @returns what the call was refused with; undefined if it was answered */
async function refusalOf(call: PhoneCall): Promise<PhoneError | undefined> {
  try {
    await inTime(call.answered, 'no answer');
    return undefined;
  } catch (error) {
    if (error instanceof PhoneError) return error;
    throw error;
  }
}

async function endedByPeer(call: PhoneCall): Promise<string | undefined> {
  const { by } = await inTime(call.ended, 'the bridge did not hang up');
  return by === 'peer' ? undefined : `it was ended by ${by}`;
}

function heard(call: PhoneCall): string | undefined {
  return call.stats.received > 0 ? undefined : 'nothing was heard';
}

async function inTime<T>(work: Promise<T>, otherwise: string): Promise<T> {
  const enough = new AbortController();
  const limit = delay(PATIENCE_MS, undefined, { signal: enough.signal }).then(() => {
    throw new Error(`${otherwise} in ${PATIENCE_MS} ms`);
  });
  limit.catch(() => undefined);
  try {
    return await Promise.race([work, limit]);
  } finally {
    enough.abort();
  }
}
