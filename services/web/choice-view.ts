import { fetchAgents, type Agent, type AgentList } from './api.ts';
import { find, make } from './dom.ts';
import { Problem } from './problems.ts';

const RETRY_MS = 3_000;

/** The first screen: choose an agent, start the call. Keeps asking until there are agents. */
export class ChoiceView {
  readonly #form = find('agents-form', HTMLFormElement);
  readonly #list = find('agents', HTMLFieldSetElement);
  readonly #note = find('agents-note', HTMLParagraphElement);
  readonly #start = find('start', HTMLButtonElement);
  #agents: Agent[] = [];
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** @param onStart called with the chosen agent */
  constructor(onStart: (agent: Agent) => void) {
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      const chosen = this.chosen;
      if (chosen) onStart(chosen);
    });
  }

  get chosen(): Agent | undefined {
    const name = new FormData(this.#form).get('agent');
    return this.#agents.find((agent) => agent.name === name);
  }

  /** Ask for the agents and show them; while none can be called, say so and ask again. */
  async load(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      const list = await fetchAgents();
      this.#show(list);
      if (list.available && list.agents.length > 0) return;
    } catch (error) {
      const away = error instanceof Problem && error.code === 'server-away';
      // With a Retry-After the API itself answered: it is the agents who are not there yet.
      const starting = away && error.retryAfterSeconds !== undefined;
      this.#say(
        starting
          ? 'The agents are getting ready. This page will show them in a moment.'
          : 'The server does not answer. Check your internet connection; trying again…',
      );
    }
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.load(), RETRY_MS);
  }

  focus(): void {
    this.#list.querySelector<HTMLInputElement>('input:checked')?.focus();
  }

  #show(list: AgentList): void {
    // The same list again must not take the focus from whoever is choosing.
    if (JSON.stringify(list.agents) !== JSON.stringify(this.#agents)) this.#offer(list.agents);
    if (list.agents.length === 0) this.#say('No agent has been set up yet.');
    else if (!list.available) this.#say('All agents are in a call just now. You can still try.');
    else this.#note.hidden = true;
  }

  #offer(agents: Agent[]): void {
    const wanted = this.chosen?.name ?? new URLSearchParams(location.search).get('agent');
    this.#agents = agents;
    const chosen = agents.find((agent) => agent.name === wanted) ?? agents[0];
    this.#list.replaceChildren(...agents.map((agent) => tile(agent, agent === chosen)));
    this.#start.disabled = chosen === undefined;
  }

  #say(words: string): void {
    if (this.#note.textContent !== words) this.#note.textContent = words;
    this.#note.hidden = false;
  }
}

function tile(agent: Agent, checked: boolean): HTMLLabelElement {
  const label = make('label', 'choice');
  const radio = make('input');
  radio.type = 'radio';
  radio.name = 'agent';
  radio.value = agent.name;
  radio.checked = checked;
  const words = make('span', 'choice-words');
  words.append(
    make('span', 'choice-title', agent.title || agent.name),
    make('span', 'choice-description', agent.description),
  );
  label.append(radio, words);
  const language = languageName(agent.language);
  if (language) label.append(make('span', 'choice-language', language));
  return label;
}

/** `en-US` → `English`, in the page's language. */
function languageName(tag: string): string {
  try {
    const names = new Intl.DisplayNames('en', { type: 'language' });
    return names.of(new Intl.Locale(tag).language) ?? tag;
  } catch {
    return tag;
  }
}
