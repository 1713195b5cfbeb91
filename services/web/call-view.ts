import type { CallExtras, CallState } from './call.ts';
import { find } from './dom.ts';
import { lengthInWords } from './length-in-words.ts';
import { PROBLEMS } from './problems.ts';

export interface CallViewActions {
  mute: () => void;
  hangUp: () => void;
  again: () => void;
  choose: () => void;
  reload: () => void;
  startSound: () => void;
}

const STATE_WORDS = {
  'asking-microphone': 'Allow the microphone to begin',
  connecting: 'Connecting…',
  joining: 'Calling the agent…',
  listening: 'Listening',
  thinking: 'Thinking…',
  speaking: 'Speaking',
} as const;

/** The second screen: the call, and what became of it. */
export class CallView {
  readonly #actions: CallViewActions;
  readonly #title = find('calling-title', HTMLHeadingElement);
  readonly #timer = find('timer', HTMLParagraphElement);
  readonly #orb = find('orb', HTMLDivElement);
  readonly #state = find('state', HTMLParagraphElement);
  readonly #problem = find('problem', HTMLDivElement);
  readonly #problemTitle = find('problem-title', HTMLHeadingElement);
  readonly #problemText = find('problem-text', HTMLParagraphElement);
  readonly #notice = find('notice', HTMLDivElement);
  readonly #noticeText = find('notice-text', HTMLSpanElement);
  readonly #sound = find('sound', HTMLButtonElement);
  readonly #callControls = find('call-controls', HTMLDivElement);
  readonly #mute = find('mute', HTMLButtonElement);
  readonly #muteLabel = find('mute-label', HTMLSpanElement);
  readonly #hangUp = find('hang-up', HTMLButtonElement);
  readonly #afterControls = find('after-controls', HTMLDivElement);
  readonly #again = find('again', HTMLButtonElement);
  readonly #choose = find('choose', HTMLButtonElement);
  #phase: CallState['phase'] = 'idle';
  #countdown: ReturnType<typeof setInterval> | undefined;
  #action: () => void = () => undefined;

  constructor(actions: CallViewActions) {
    this.#actions = actions;
    this.#mute.addEventListener('click', actions.mute);
    this.#hangUp.addEventListener('click', actions.hangUp);
    this.#sound.addEventListener('click', actions.startSound);
    this.#choose.addEventListener('click', actions.choose);
    this.#again.addEventListener('click', () => this.#action());
  }

  show(agentTitle: string, state: CallState, extras: CallExtras): void {
    const entered = state.phase !== this.#phase;
    this.#phase = state.phase;
    const over = state.phase === 'ended' || state.phase === 'failed';
    this.#title.textContent = agentTitle;
    this.#orb.dataset['mood'] = moodOf(state, extras);
    // Set only when it changes, so that a screen reader says it once.
    setText(this.#state, wordsOf(state, extras));
    this.#showNotice(over ? '' : noticeOf(extras), extras.soundBlocked && !over);
    this.#callControls.hidden = over;
    this.#afterControls.hidden = !over;
    this.#problem.hidden = state.phase !== 'failed';
    this.#mute.disabled = state.phase !== 'joining' && state.phase !== 'live';
    this.#mute.setAttribute('aria-pressed', String(extras.muted));
    setText(this.#muteLabel, extras.muted ? 'Unmute' : 'Mute');
    this.#timer.hidden = state.phase !== 'live';
    if (!entered) return;
    this.#stopCountdown();
    if (state.phase === 'failed') this.#showProblem(state);
    if (state.phase === 'ended') this.#offer('Call again', this.#actions.again);
    // Focus follows the call, but never onto a button that a stray key press would fire.
    if (state.phase === 'asking-microphone') this.#title.focus();
    if (over) this.#again.focus();
  }

  /** Several times a second: the clock and the movement of the voices. */
  tick(state: CallState, levels: { you: number; agent: number }, nowMs: number): void {
    if (state.phase === 'live') setText(this.#timer, clock((nowMs - state.sinceMs) / 1000));
    this.#orb.style.setProperty('--you', levels.you.toFixed(3));
    this.#orb.style.setProperty('--agent', levels.agent.toFixed(3));
  }

  #showProblem(state: Extract<CallState, { phase: 'failed' }>): void {
    const words = PROBLEMS[state.problem];
    this.#problemTitle.textContent = words.title;
    this.#problemText.textContent = words.text;
    const { again, reload, choose } = this.#actions;
    this.#offer(words.button, { again, reload, choose }[words.action]);
    this.#choose.hidden = words.action === 'choose';
    if (state.retryAfterSeconds !== undefined) this.#count(words.button, state.retryAfterSeconds);
  }

  #offer(label: string, action: () => void): void {
    this.#again.textContent = label;
    this.#action = action;
    this.#choose.hidden = false;
  }

  /** Make waiting visible; the button stays usable, for whoever knows better. */
  #count(label: string, seconds: number): void {
    let left = seconds;
    const show = () => {
      this.#again.textContent = left > 0 ? `${label} (${left} s)` : label;
      if (left-- <= 0) this.#stopCountdown();
    };
    show();
    this.#countdown = setInterval(show, 1_000);
  }

  #stopCountdown(): void {
    clearInterval(this.#countdown);
    this.#countdown = undefined;
  }

  #showNotice(words: string, soundButton: boolean): void {
    setText(this.#noticeText, words);
    this.#sound.hidden = !soundButton;
    this.#notice.hidden = words === '';
  }
}

function noticeOf(extras: CallExtras): string {
  if (extras.soundBlocked) return 'Your browser holds the sound back.';
  if (extras.reconnecting) return 'The connection is shaky. Reconnecting…';
  if (extras.microphoneLost) {
    return 'Your microphone was disconnected. Plug it in again, or hang up and call once more.';
  }
  return '';
}

function wordsOf(state: CallState, extras: CallExtras): string {
  switch (state.phase) {
    case 'idle':
    case 'failed':
      return '';
    case 'live':
      return extras.muted && state.agent === 'listening'
        ? 'You are muted'
        : STATE_WORDS[state.agent];
    case 'ended': {
      const who = state.by === 'caller' ? 'You hung up' : 'The agent ended the call';
      return state.seconds >= 1 ? `${who} after ${lengthInWords(state.seconds)}` : who;
    }
    default:
      return STATE_WORDS[state.phase];
  }
}

/** The orb's look. */
function moodOf(state: CallState, extras: CallExtras): string {
  if (state.phase !== 'live') return state.phase;
  return extras.muted && state.agent === 'listening' ? 'muted' : state.agent;
}

function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const rest = String(whole % 60).padStart(2, '0');
  return `${Math.floor(whole / 60)}:${rest}`;
}

function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
