import { AGENT_RETURN_MS } from '@patchbay/common/topics';
import type { Ticket } from './api.ts';
import type { CaptionWriter } from './captions.ts';
import { Problem, type ProblemCode } from './problems.ts';
import type { CallRoom, Microphone, RoomNews, RoomOptions } from './room.ts';
import type { TurnTimes } from './turn-report.ts';

/** Where a call is. */
export type CallState =
  | { phase: 'idle' }
  | { phase: 'asking-microphone' }
  | { phase: 'connecting' }
  /** In the room; the agent is on its way. */
  | { phase: 'joining' }
  | { phase: 'live'; agent: AgentState; sinceMs: number }
  | { phase: 'ended'; by: 'caller' | 'agent'; seconds: number }
  | { phase: 'failed'; problem: ProblemCode; retryAfterSeconds?: number };

export type AgentState = 'listening' | 'thinking' | 'speaking';

/** What else the screen shows during a call. */
export interface CallExtras {
  muted: boolean;
  /** The connection is being mended. */
  reconnecting: boolean;
  /** The browser wants a click before it plays sound. */
  soundBlocked: boolean;
  microphoneLost: boolean;
  lastTurn: TurnTimes | undefined;
}

export interface CallDeps {
  openMicrophone: () => Promise<Microphone>;
  fetchTicket: (agent: string, signal: AbortSignal) => Promise<Ticket>;
  openRoom: (options: RoomOptions) => CallRoom;
  openCaption: (segmentId: string | undefined, who: 'you' | 'agent') => CaptionWriter;
  onChange: (state: CallState, extras: CallExtras) => void;
  now?: () => number;
}

/** By then the agent has come, or somebody has apologised for it. */
export const AGENT_WAIT_MS = 20_000;

const NO_EXTRAS: CallExtras = {
  muted: false,
  reconnecting: false,
  soundBlocked: false,
  microphoneLost: false,
  lastTurn: undefined,
};

/** What one attempt holds; all of it is given back in {@link Call.hangUp} and on any failure. */
interface Attempt {
  aborted: AbortController;
  microphone?: Microphone;
  room?: CallRoom;
  timer?: ReturnType<typeof setTimeout>;
  endCause?: string;
}

/** One caller's call, from the click to the end, again and again. One state at a time. */
export class Call {
  readonly #deps: CallDeps;
  readonly #now: () => number;
  #state: CallState = { phase: 'idle' };
  #extras: CallExtras = NO_EXTRAS;
  #attempt: Attempt | undefined;

  constructor(deps: CallDeps) {
    this.#deps = deps;
    this.#now = deps.now ?? Date.now;
  }

  get state(): CallState {
    return this.#state;
  }

  get extras(): CallExtras {
    return this.#extras;
  }

  get busy(): boolean {
    return this.#attempt !== undefined;
  }

  levels(): { you: number; agent: number } {
    return this.#attempt?.room?.levels() ?? { you: 0, agent: 0 };
  }

  /** Begin a call. Never throws; what goes wrong becomes the state. Does nothing during a call. */
  async start(agent: string): Promise<void> {
    if (this.#attempt) return;
    const attempt: Attempt = { aborted: new AbortController() };
    this.#attempt = attempt;
    this.#extras = NO_EXTRAS;
    try {
      // The microphone first: a refusal then costs nobody a room or an agent.
      this.#enter({ phase: 'asking-microphone' });
      attempt.microphone = await this.#deps.openMicrophone();
      if (attempt.aborted.signal.aborted) return attempt.microphone.stop();
      this.#enter({ phase: 'connecting' });
      const ticket = await this.#deps.fetchTicket(agent, attempt.aborted.signal);
      if (attempt.aborted.signal.aborted) return;
      attempt.room = this.#deps.openRoom({
        microphone: attempt.microphone,
        onNews: (news) => this.#hear(attempt, news),
        openCaption: this.#deps.openCaption,
      });
      await attempt.room.join(ticket);
      if (attempt.aborted.signal.aborted) return await attempt.room.leave();
      // The agent may have been heard already.
      if (this.#state.phase === 'connecting') {
        this.#enter({ phase: 'joining' });
        this.#after(attempt, AGENT_WAIT_MS, () => this.#fail('agent-absent'));
      }
    } catch (error) {
      if (attempt.aborted.signal.aborted) return;
      const problem = error instanceof Problem ? error : new Problem('unexpected');
      this.#fail(problem.code, problem.retryAfterSeconds);
    }
  }

  /** End the call, in whatever state it is. */
  hangUp(): void {
    if (this.#attempt) this.#finish({ phase: 'ended', by: 'caller', seconds: this.#seconds() });
  }

  /** Back to the choice of an agent. */
  reset(): void {
    if (!this.#attempt) this.#enter({ phase: 'idle' });
  }

  async toggleMute(): Promise<void> {
    const room = this.#attempt?.room;
    if (!room) return;
    const muted = !this.#extras.muted;
    this.#show({ muted });
    try {
      await room.setMuted(muted);
    } catch {
      // The device did not come back on: say so rather than show an open microphone.
      this.#show({ muted: true, microphoneLost: true });
    }
  }

  async startSound(): Promise<void> {
    await this.#attempt?.room?.startSound().catch(() => undefined);
  }

  #hear(attempt: Attempt, news: RoomNews): void {
    if (this.#attempt !== attempt) return;
    switch (news.kind) {
      case 'agent-heard':
        this.#cancelTimer(attempt);
        if (this.#state.phase !== 'live') {
          this.#enter({ phase: 'live', agent: 'listening', sinceMs: this.#now() });
        }
        return;
      case 'agent-state':
        if (this.#state.phase === 'live' && isAgentState(news.state)) {
          this.#enter({ ...this.#state, agent: news.state });
        }
        return;
      case 'agent-left':
        // After its goodbye an agent leaves for good; otherwise it may be back in a moment.
        if (attempt.endCause !== undefined) this.#closed(attempt, 'agent');
        else this.#after(attempt, AGENT_RETURN_MS, () => this.#fail('agent-left'));
        return;
      case 'agent-ends':
        attempt.endCause = news.cause;
        return;
      case 'turn':
        return this.#show({ lastTurn: news.times });
      case 'link':
        return this.#show({ reconnecting: !news.up });
      case 'sound':
        return this.#show({ soundBlocked: news.blocked });
      case 'microphone':
        return this.#show({ microphoneLost: !news.working });
      case 'closed':
        return this.#closed(attempt, news.by);
    }
  }

  #closed(attempt: Attempt, by: 'caller' | 'agent' | 'loss'): void {
    // While connecting, join() itself fails and says why.
    if (this.#state.phase === 'connecting') return;
    if (by === 'loss') return this.#fail('connection-lost');
    if (attempt.endCause === 'provider-failure') return this.#fail('agent-trouble');
    if (attempt.endCause === 'unknown-agent') return this.#fail('agent-unknown');
    if (attempt.endCause === 'no-agent') return this.#fail('agent-absent');
    if (this.#state.phase === 'joining') return this.#fail('agent-absent');
    this.#finish({ phase: 'ended', by, seconds: this.#seconds() });
  }

  #fail(problem: ProblemCode, retryAfterSeconds?: number): void {
    this.#finish({
      phase: 'failed',
      problem,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    });
  }

  #finish(state: CallState): void {
    const attempt = this.#attempt;
    this.#attempt = undefined;
    if (attempt) {
      this.#cancelTimer(attempt);
      attempt.aborted.abort();
      attempt.microphone?.stop();
      // Leaving takes a moment; nobody waits for it and a failure changes nothing any more.
      attempt.room?.leave().catch(() => undefined);
    }
    this.#extras = { ...NO_EXTRAS, lastTurn: this.#extras.lastTurn };
    this.#enter(state);
  }

  #after(attempt: Attempt, ms: number, act: () => void): void {
    this.#cancelTimer(attempt);
    attempt.timer = setTimeout(act, ms);
  }

  #cancelTimer(attempt: Attempt): void {
    if (attempt.timer !== undefined) clearTimeout(attempt.timer);
    delete attempt.timer;
  }

  #seconds(): number {
    return this.#state.phase === 'live' ? (this.#now() - this.#state.sinceMs) / 1000 : 0;
  }

  #show(change: Partial<CallExtras>): void {
    this.#extras = { ...this.#extras, ...change };
    this.#deps.onChange(this.#state, this.#extras);
  }

  #enter(state: CallState): void {
    this.#state = state;
    this.#deps.onChange(this.#state, this.#extras);
  }
}

function isAgentState(state: string): state is AgentState {
  return state === 'listening' || state === 'thinking' || state === 'speaking';
}
