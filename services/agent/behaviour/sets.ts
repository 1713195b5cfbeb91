import { bank } from './callers/bank.ts';
import { bankHindi } from './callers/bank-hindi.ts';
import { concierge } from './callers/concierge.ts';
import { support } from './callers/support.ts';
import type { BehaviourSet } from './scripted-caller.ts';

/** One for each agent that comes with this service. */
export const BEHAVIOUR_SETS: readonly BehaviourSet[] = [bank, bankHindi, concierge, support];
