import type { Caption } from './captions.ts';
import { find, make } from './dom.ts';
import type { TurnTimes } from './turn-report.ts';

/** This close to the end, new words keep the list scrolled to the end. */
const NEAR_END_PX = 60;

/** The conversation in words: guesses in a lighter tone, final words spoken to screen readers too. */
export class CaptionsView {
  readonly #list = find('captions', HTMLOListElement);
  readonly #empty = find('captions-empty', HTMLParagraphElement);
  readonly #spoken = find('spoken', HTMLDivElement);
  readonly #latency = find('latency', HTMLDetailsElement);
  readonly #total = find('latency-total', HTMLElement);
  readonly #stages = find('latency-stages', HTMLDListElement);
  readonly #items = new Map<string, { item: HTMLLIElement; text: HTMLElement }>();
  #agentTitle = 'Agent';

  clear(agentTitle: string): void {
    this.#agentTitle = agentTitle;
    this.#items.clear();
    this.#list.replaceChildren();
    this.#spoken.replaceChildren();
    this.#empty.hidden = false;
    this.#latency.hidden = true;
  }

  show(caption: Caption): void {
    const atEnd =
      this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < NEAR_END_PX;
    const speaker = caption.who === 'you' ? 'You' : this.#agentTitle;
    let entry = this.#items.get(caption.id);
    if (!entry) {
      const item = make('li', `caption ${caption.who}`);
      const text = make('p');
      item.append(make('span', 'speaker', speaker), text);
      entry = { item, text };
      this.#items.set(caption.id, entry);
      this.#list.append(item);
      this.#empty.hidden = true;
    }
    entry.text.textContent = caption.text;
    entry.item.dataset['final'] = String(caption.final);
    entry.item.hidden = caption.text === '';
    if (caption.final && caption.text !== '') {
      this.#spoken.append(make('p', '', `${speaker}: ${caption.text}`));
    }
    if (atEnd) this.#list.scrollTop = this.#list.scrollHeight;
  }

  /** Guesses nobody will finish any more stay as they are, but look settled. */
  settle(): void {
    for (const { item } of this.#items.values()) item.dataset['final'] = 'true';
    if (this.#items.size === 0) this.#empty.hidden = true;
  }

  showLatency(times: TurnTimes | undefined): void {
    this.#latency.hidden = times === undefined;
    if (!times) return;
    this.#total.textContent = `Last answer after ${seconds(times.totalMs)}`;
    this.#stages.replaceChildren(
      ...times.stages.flatMap((stage) => [
        make('dt', '', stage.name),
        make('dd', '', seconds(stage.ms)),
      ]),
    );
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
