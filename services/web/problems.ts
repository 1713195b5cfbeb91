/** Everything that can keep a person from talking, each with words and a next step. */
export type ProblemCode =
  | 'microphone-refused'
  | 'microphone-missing'
  | 'microphone-busy'
  | 'insecure-page'
  | 'browser-too-old'
  | 'server-away'
  | 'connect-failed'
  | 'full'
  | 'too-many'
  | 'session-expired'
  | 'agent-unknown'
  | 'agent-absent'
  | 'agent-left'
  | 'agent-trouble'
  | 'connection-lost'
  | 'unexpected';

export interface ProblemWords {
  title: string;
  text: string;
  /** What the button does. */
  action: 'again' | 'reload' | 'choose';
  button: string;
}

/** A {@link ProblemCode} thrown on the way into a call. */
export class Problem extends Error {
  readonly code: ProblemCode;
  /** How long to wait before trying again is worth it. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ProblemCode, options: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(code, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'Problem';
    this.code = code;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

export const PROBLEMS: Record<ProblemCode, ProblemWords> = {
  'microphone-refused': {
    title: 'The microphone is blocked',
    text: 'Allow it for this page with the icon in the address bar, then try again.',
    action: 'again',
    button: 'Try again',
  },
  'microphone-missing': {
    title: 'No microphone was found',
    text: 'Plug one in or switch it on, then try again.',
    action: 'again',
    button: 'Try again',
  },
  'microphone-busy': {
    title: 'The microphone is in use',
    text: 'Another program holds it. Close that program, then try again.',
    action: 'again',
    button: 'Try again',
  },
  'insecure-page': {
    title: 'This page can’t use a microphone here',
    text: 'Browsers allow it over https only. Open this page with https:// in front.',
    action: 'reload',
    button: 'Load the page again',
  },
  'browser-too-old': {
    title: 'This browser can’t make calls',
    text: 'Open this page in a current Chrome, Edge, Firefox or Safari.',
    action: 'reload',
    button: 'Load the page again',
  },
  'server-away': {
    title: 'The server does not answer',
    text: 'Check your internet connection. If it works, wait a moment and try again.',
    action: 'again',
    button: 'Try again',
  },
  'connect-failed': {
    title: 'The call could not be connected',
    text: 'A firewall or VPN may be in the way. Try again, or try another network.',
    action: 'again',
    button: 'Try again',
  },
  full: {
    title: 'All agents are in a call',
    text: 'A place should be free soon.',
    action: 'again',
    button: 'Try again',
  },
  'too-many': {
    title: 'Too many calls from here',
    text: 'End another call from your network, or wait a little and try again.',
    action: 'again',
    button: 'Try again',
  },
  'session-expired': {
    title: 'This page has been open for too long',
    text: 'Load it again, then start the call.',
    action: 'reload',
    button: 'Load the page again',
  },
  'agent-unknown': {
    title: 'This agent is no longer here',
    text: 'Choose another one.',
    action: 'choose',
    button: 'Choose an agent',
  },
  'agent-absent': {
    title: 'The agent did not pick up',
    text: 'Nobody came. Your call has been ended; try again.',
    action: 'again',
    button: 'Try again',
  },
  'agent-left': {
    title: 'The agent dropped out',
    text: 'Something went wrong on our side, not yours. Please call again.',
    action: 'again',
    button: 'Call again',
  },
  'agent-trouble': {
    title: 'The agent had a technical problem',
    text: 'It could not go on. Please call again in a minute.',
    action: 'again',
    button: 'Call again',
  },
  'connection-lost': {
    title: 'The connection was lost',
    text: 'Check your network, then call again.',
    action: 'again',
    button: 'Call again',
  },
  unexpected: {
    title: 'Something went wrong',
    text: 'Try again. If it stays like this, load the page again.',
    action: 'again',
    button: 'Try again',
  },
};
