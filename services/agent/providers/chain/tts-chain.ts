import { randomUUID } from 'node:crypto';
import { APIConnectionError, tts } from '@livekit/agents';
import { SPEECH_RATE_HZ } from '../provider.ts';
import { firstAnswer, type Attempt } from './first-answer.ts';
import { Members, type Member } from './members.ts';
import { takeErrors } from './own-errors.ts';
import { shortFrames } from './short-frames.ts';
import { hasWords, SpokenText } from './spoken-text.ts';
import { AnswerFault, type ProviderSwitch } from './switches.ts';
import { logged, type OnRequest } from '../../trace/request-log.ts';
import { isTooShort, unsaid } from './unsaid.ts';

/** Longest wait once every provider was asked. */
const LIMIT_MS = 5_000;
/** No sound for so long though all of the text was given: the stream is broken. */
const STALL_MS = 2_000;

export interface TtsChainOptions {
  members: readonly Member<tts.TTS>[];
  onSwitch: (change: ProviderSwitch) => void;
  onRequest: OnRequest;
}

/**
 * Providers of speech of which the first that speaks is taken. If one breaks off in the middle, the
 * next goes on with the words that are left; the framework's adapter gives up there.
 */
export class TtsChain extends tts.TTS {
  override label = 'TtsChain';
  readonly members: Members<tts.TTS>;
  readonly onRequest: OnRequest;

  constructor(options: TtsChainOptions) {
    super(SPEECH_RATE_HZ, 1, { streaming: true, alignedTranscript: false });
    this.onRequest = options.onRequest;
    this.members = new Members({ ...options, stage: 'tts', probe });
  }

  override get model(): string {
    return this.members.current.model.model;
  }

  override get provider(): string {
    return this.members.current.name;
  }

  /**
   * Connect to the provider in use before there is anything to say, if its plugin can: else the first
   * answer of a call waits for the handshakes. The framework does so for language models only.
   */
  prewarm(): void {
    const model: tts.TTS & { prewarm?: () => void } = this.members.current.model;
    model.prewarm?.();
  }

  override stream(): tts.SynthesizeStream {
    return new TtsChainStream(this);
  }

  override synthesize(): tts.ChunkedStream {
    throw new Error('speech is made with stream()');
  }

  override async close(): Promise<void> {
    this.members.close();
    await Promise.all(this.members.all.map(({ model }) => model.close()));
    await super.close();
  }
}

async function probe(model: tts.TTS): Promise<void> {
  const text = new SpokenText();
  const attempt = speak(model, text, '');
  text.push('Yes.');
  text.end();
  try {
    if ((await attempt.next()).done) throw new AnswerFault('garbage');
  } finally {
    attempt.close();
  }
}

class TtsChainStream extends tts.SynthesizeStream {
  override label = 'TtsChainStream';
  readonly #members: Members<tts.TTS>;
  readonly #onRequest: OnRequest;

  constructor(chain: TtsChain) {
    // Whatever is tried again is tried here.
    super(chain, { maxRetry: 0, retryIntervalMs: 0, timeoutMs: LIMIT_MS });
    this.#members = chain.members;
    this.#onRequest = chain.onRequest;
  }

  protected async run(): Promise<void> {
    const text = new SpokenText();
    const reading = this.#read(text);
    try {
      if (await text.ready) await this.#speakAll(text);
      if (!this.queue.closed) this.queue.put(tts.SynthesizeStream.END_OF_STREAM);
    } finally {
      // A caller who speaks over the answer ends its text too.
      await reading;
    }
  }

  async #read(text: SpokenText): Promise<void> {
    for await (const item of this.input) {
      if (typeof item === 'string') text.push(item);
    }
    text.end();
  }

  async #speakAll(text: SpokenText): Promise<void> {
    const members = this.#members;
    const { signal } = this.abortController;
    const segmentId = randomUUID();
    /** Of the whole text, what is said or given up. */
    let from = 0;
    let candidates = members.order;
    if (candidates.length === 1) candidates = [...candidates, ...candidates];
    let lastError: unknown;
    for (;;) {
      this.markStarted();
      const winner = await firstAnswer({
        members: candidates,
        start: (member) =>
          logged(
            speak(member.model, text, text.text.slice(from)),
            this.#onRequest('tts', member.name),
          ),
        limitMs: LIMIT_MS,
        signal,
        onFailed: (member, error) => {
          lastError = error;
          members.failed(member, error);
        },
      });
      if (signal.aborted) return winner?.rest.close();
      if (!winner) throw failure(lastError);
      members.answered(winner.member);
      let spokenS = 0;
      try {
        for (
          let audio: tts.SynthesizedAudio | undefined = winner.first;
          audio;
          audio = await nextAudio(winner.rest, text)
        ) {
          if (signal.aborted) return;
          spokenS += audio.frame.samplesPerChannel / audio.frame.sampleRate;
          for (const frame of shortFrames(audio.frame))
            this.queue.put({ requestId: segmentId, segmentId, frame, final: false });
        }
        // Some plugins take a broken connection for the end.
        if (isTooShort(text.text.slice(from), spokenS)) throw new AnswerFault('cut');
        return;
      } catch (error) {
        if (signal.aborted) return;
        lastError = error instanceof AnswerFault ? error : new AnswerFault('cut');
        members.failed(winner.member, lastError);
        from = text.text.length - unsaid(text.text.slice(from), spokenS).length;
        if (text.ended && !hasWords(text.text.slice(from))) return;
        candidates = members.order.filter((member) => member !== winner.member);
        if (candidates.length === 0) candidates = [winner.member];
      } finally {
        winner.rest.close();
      }
    }
  }
}

/** Have one provider speak the text. */
function speak(model: tts.TTS, text: SpokenText, from: string): Attempt<tts.SynthesizedAudio> {
  const stream = model.stream({
    connOptions: { maxRetry: 0, retryIntervalMs: 0, timeoutMs: LIMIT_MS },
  });
  // Not every plugin takes the options.
  Object.assign(stream, { connOptions: { maxRetry: 0, retryIntervalMs: 0, timeoutMs: LIMIT_MS } });
  let failed: Error | undefined;
  takeErrors(stream, (error) => (failed = error));
  const stopFeeding = text.feed(stream, from);
  return {
    next: async () => {
      for (;;) {
        const result = await stream.next();
        if (failed) throw failed;
        if (result.done) return { done: true, value: undefined };
        const { value } = result;
        if (value !== tts.SynthesizeStream.END_OF_STREAM) return { done: false, value };
      }
    },
    close: () => {
      stopFeeding();
      stream.close();
    },
  };
}

/** The next piece of sound, or undefined at the end; rejects if none comes though there is text. */
async function nextAudio(
  answer: Attempt<tts.SynthesizedAudio>,
  text: SpokenText,
): Promise<tts.SynthesizedAudio | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<never>((_, reject) => {
    const check = () => {
      if (text.ended) return reject(new AnswerFault('cut'));
      timer = setTimeout(check, STALL_MS);
    };
    timer = setTimeout(check, STALL_MS);
  });
  try {
    return (await Promise.race([answer.next(), stalled])).value;
  } finally {
    clearTimeout(timer);
  }
}

function failure(cause: unknown): Error {
  const error = new APIConnectionError({
    message: 'no provider of speech spoke',
    options: { retryable: false },
  });
  return Object.assign(error, { cause });
}
