import type { Stage } from '../faults.ts';
import { switchReasonOf, type ProviderSwitch, type SwitchReason } from './switches.ts';

/** First wait before a failed provider is tried again; doubled with each failure. */
const PROBE_AFTER_MS = 10_000;
const PROBE_AFTER_MOST_MS = 60_000;

/** A provider in a chain. */
export interface Member<Model> {
  readonly name: string;
  readonly model: Model;
  readonly timeoutMs: number;
}

interface State {
  reason: SwitchReason;
  waitMs: number;
  timer: NodeJS.Timeout | undefined;
}

export interface MembersOptions<Model> {
  stage: Stage;
  /** First choice first, at least one. */
  members: readonly Member<Model>[];
  /**
   * Find out whether a failed provider works again; rejects if it doesn't. Without it a provider is
   * taken to work again after its wait.
   */
  probe?: (model: Model) => Promise<void>;
  onSwitch: (change: ProviderSwitch) => void;
}

/** Who of a chain can be asked. Failed ones are probed until they work again. */
export class Members<Model> {
  readonly all: readonly Member<Model>[];
  readonly #options: MembersOptions<Model>;
  readonly #down = new Map<Member<Model>, State>();
  readonly #waits = new Map<Member<Model>, number>();
  #current: Member<Model>;
  #lastFailure: SwitchReason = 'failed';
  #closed = false;

  constructor(options: MembersOptions<Model>) {
    const [first] = options.members;
    if (!first) throw new RangeError('a chain has at least one provider');
    this.#options = options;
    this.all = options.members;
    this.#current = first;
  }

  /** The one who answered last. */
  get current(): Member<Model> {
    return this.#current;
  }

  /** Whom to ask, in this order: those that work, then those that don't, as a last resort. */
  get order(): Member<Model>[] {
    const up = this.all.filter((member) => !this.#down.has(member));
    return [...up, ...this.all.filter((member) => this.#down.has(member))];
  }

  isUp(member: Member<Model>): boolean {
    return !this.#down.has(member);
  }

  /** A provider failed to answer. */
  failed(member: Member<Model>, error: unknown): void {
    if (this.#closed) return;
    const reason = switchReasonOf(error);
    if (member === this.#current) this.#lastFailure = reason;
    clearTimeout(this.#down.get(member)?.timer);
    const waitMs = this.#waits.get(member) ?? PROBE_AFTER_MS;
    this.#waits.set(member, Math.min(waitMs * 2, PROBE_AFTER_MOST_MS));
    const timer = setTimeout(() => void this.#probe(member), waitMs);
    timer.unref();
    this.#down.set(member, { reason, waitMs, timer });
  }

  /** A provider's answer is used. */
  answered(member: Member<Model>): void {
    this.restored(member);
    if (member === this.#current) return;
    const from = this.#current;
    const back = this.all.indexOf(member) < this.all.indexOf(from);
    this.#current = member;
    this.#options.onSwitch({
      stage: this.#options.stage,
      from: from.name,
      to: member.name,
      reason: back && !this.#down.has(from) ? 'recovered' : this.#lastFailure,
    });
  }

  /** A provider was seen to work. */
  restored(member: Member<Model>): void {
    clearTimeout(this.#down.get(member)?.timer);
    this.#down.delete(member);
  }

  close(): void {
    this.#closed = true;
    for (const { timer } of this.#down.values()) clearTimeout(timer);
  }

  async #probe(member: Member<Model>): Promise<void> {
    try {
      await this.#options.probe?.(member.model);
      if (!this.#closed) this.restored(member);
    } catch (error) {
      this.failed(member, error);
    }
  }
}
