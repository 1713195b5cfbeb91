/** The providers of a call, with the stage each does and who stands by for it, or for whom it does. */
export const MATRIX_PROVIDERS = {
  deepgram: { stage: 'stt', other: 'whisper', first: true },
  whisper: { stage: 'stt', other: 'deepgram', first: false },
  openai: { stage: 'llm', other: 'groq', first: true },
  groq: { stage: 'llm', other: 'openai', first: false },
  cartesia: { stage: 'tts', other: 'sarvam', first: true },
  sarvam: { stage: 'tts', other: 'cartesia', first: false },
} as const;
export type MatrixProvider = keyof typeof MATRIX_PROVIDERS;

/** What a provider does wrong, as the stand-ins' admin page takes it. */
export const MATRIX_FAULTS = {
  'error 500': { status: 500 },
  'error 401': { status: 401 },
  'error 429': { status: 429 },
  'late first byte': { delayMs: 4_000 },
  'cut stream': { cut: true },
  garbage: { garbage: true },
} as const;
export type MatrixFault = keyof typeof MATRIX_FAULTS;

/** When it begins to, as a part of the caller's sentence. */
export const MATRIX_MOMENTS = { beginning: 0, middle: 0.5, end: 1 } as const;
export type MatrixMoment = keyof typeof MATRIX_MOMENTS;

export interface Cell {
  provider: MatrixProvider;
  fault: MatrixFault;
  moment: MatrixMoment;
}

/** Every cell of the matrix, or of the part that is asked for. */
export function cells(
  only: {
    providers?: readonly string[];
    faults?: readonly string[];
    moments?: readonly string[];
  } = {},
): Cell[] {
  const names = <K extends string>(all: Record<K, unknown>, some?: readonly string[]): K[] =>
    (Object.keys(all) as K[]).filter((name) => !some?.length || some.includes(name));
  return names(MATRIX_PROVIDERS, only.providers).flatMap((provider) =>
    names(MATRIX_FAULTS, only.faults).flatMap((fault) =>
      names(MATRIX_MOMENTS, only.moments).map((moment) => ({ provider, fault, moment })),
    ),
  );
}

/** When sound was heard, epoch ms. */
export interface Sound {
  startedAtMs: number;
  endedAtMs: number;
}

/**
 * The longest time that a caller waited in silence: from the end of their own words to the first sound,
 * and between two sounds.
 */
export function longestSilenceMs(afterMs: number, sounds: readonly Sound[]): number {
  let fromMs = afterMs;
  let longest = 0;
  for (const { startedAtMs, endedAtMs } of sounds) {
    longest = Math.max(longest, startedAtMs - fromMs);
    fromMs = Math.max(fromMs, endedAtMs);
  }
  return Math.round(longest);
}

export interface CellResult extends Cell {
  /** What the recogniser made of everything that was heard. */
  heard: string;
  /** Whether the right answer was heard, once. */
  answered: boolean;
  longestSilenceMs: number;
  /** Who did the stage in the end, as the agent tells. */
  answeredBy: string;
  /** What the recogniser and the model wrote, line by line, for whoever looks for the cause. */
  written: string[];
}

/** Silence that a caller takes for a dead line. */
export const SILENCE_LIMIT_MS = 1_500;

/** One line for a person to read. */
export function cellLine(result: CellResult): string {
  const silence = `${String(result.longestSilenceMs).padStart(5)} ms`;
  const mark = !result.answered ? '✗' : result.longestSilenceMs > SILENCE_LIMIT_MS ? '!' : '✓';
  const what = `${result.provider} ${result.fault}, ${result.moment}`;
  return `${mark} ${what.padEnd(38)} ${silence}  by ${result.answeredBy.padEnd(9)} "${result.heard}"`;
}
