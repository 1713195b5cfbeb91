import { initializeLogger, stt } from '@livekit/agents';
import { AudioFrame } from '@livekit/rtc-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ignoreRequests } from '../../trace/request-log.ts';
import { SttChain } from './stt-chain.ts';
import { switchReasonOf, type ProviderSwitch } from './switches.ts';

const PATIENCE_MS = 1_000;

/** A recogniser that says what the test has it say. */
class ToldStt extends stt.STT {
  override label = 'ToldStt';
  readonly streams: ToldStream[] = [];

  constructor() {
    super({ streaming: true, interimResults: true });
  }

  override stream(): stt.SpeechStream {
    const stream = new ToldStream(this);
    this.streams.push(stream);
    return stream;
  }

  override _recognize(): Promise<stt.SpeechEvent> {
    return Promise.reject(new Error('not used'));
  }

  /** The stream that hears the caller now. */
  get hearing(): ToldStream | undefined {
    return this.streams.find(({ isOpen }) => isOpen);
  }
}

class ToldStream extends stt.SpeechStream {
  override label = 'ToldStream';
  heard = 0;
  readonly #end = Promise.withResolvers<void>();

  get isOpen(): boolean {
    return !this.closed;
  }

  protected override async run(): Promise<void> {
    const hear = async () => {
      for await (const item of this.input) if (typeof item !== 'symbol') this.heard += 1;
    };
    this.abortSignal.addEventListener('abort', () => this.#end.resolve());
    await Promise.race([hear(), this.#end.promise]);
  }

  says(text: string): void {
    const alternative = { text, language: 'en', startTime: 0, endTime: 0, confidence: 1 };
    const type = stt.SpeechEventType.FINAL_TRANSCRIPT;
    this.queue.put({ type, alternatives: [alternative as unknown as stt.SpeechData] });
  }

  fails(status: number): void {
    this.#end.reject(Object.assign(new Error('told to'), { statusCode: status }));
  }
}

const settle = () => vi.advanceTimersByTimeAsync(5);
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

let first: ToldStt;
let second: ToldStt;
let chain: SttChain;
let stream: stt.SpeechStream;
let texts: string[];
let told: string[];
let switches: ProviderSwitch[];

beforeEach(async () => {
  vi.useFakeTimers();
  initializeLogger({ pretty: false, level: 'silent' });
  [first, second, texts, told, switches] = [new ToldStt(), new ToldStt(), [], [], []];
  chain = new SttChain({
    members: [
      { name: 'first', model: first, timeoutMs: PATIENCE_MS },
      { name: 'second', model: second, timeoutMs: PATIENCE_MS },
    ],
    onSwitch: (change) => switches.push(change),
    onLate: () => told.push('late'),
    onUnheard: () => told.push('unheard'),
    onRequest: ignoreRequests,
  });
  stream = chain.stream();
  void (async () => {
    for await (const event of stream) texts.push(event.alternatives?.[0].text ?? '');
  })();
  await settle();
});
afterEach(async () => {
  stream.close();
  await chain.close();
  await settle();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

async function caller(speaksForMs: number): Promise<void> {
  chain.onCallerSpeaking(true);
  for (let ms = 0; ms < speaksForMs; ms += 100) {
    stream.pushFrame(new AudioFrame(new Int16Array(1_600), 16_000, 1, 1_600));
    await pass(100);
  }
  chain.onCallerSpeaking(false);
}

async function says(provider: ToldStt, text: string): Promise<void> {
  provider.hearing?.says(text);
  await settle();
}

/** The first one breaks; after its wait it may be heard again. */
async function failover(): Promise<void> {
  first.hearing?.fails(500);
  await settle();
  await caller(800);
  await says(second, 'hello');
  expect(switches.at(-1)).toMatchObject({ from: 'first', to: 'second', reason: 'failed' });
  await pass(10_000);
}

describe('a caller', () => {
  it('is heard by one recogniser as long as that understands', async () => {
    await caller(800);
    await says(first, 'hello');
    expect(texts).toEqual(['hello']);
    expect([first.streams.length, second.streams.length]).toEqual([1, 0]);
    expect(told).toEqual([]);
  });

  it('whom the first does not understand in time is heard by the second from the beginning', async () => {
    await caller(800);
    await pass(PATIENCE_MS);
    expect(told).toEqual(['late']);
    await settle();
    expect(second.hearing?.heard).toBe(8);
    await says(second, 'hello');
    expect(texts).toEqual(['hello']);
    expect(switches).toMatchObject([{ from: 'first', to: 'second', reason: 'timeout' }]);
    expect(first.hearing).toBeUndefined();
  });

  it('who was understood by the first after all is heard by it alone', async () => {
    await caller(800);
    await pass(PATIENCE_MS);
    await says(first, 'hello');
    await says(second, 'hello');
    expect(texts).toEqual(['hello']);
    expect(second.hearing).toBeUndefined();
    expect(switches).toEqual([]);
  });

  it('whom nobody understands is told so, once', async () => {
    await caller(800);
    await pass(60_000);
    expect(told).toEqual(['late', 'unheard']);
    expect(second.hearing).toBeUndefined();
  });

  it('who only coughs is not waited for', async () => {
    await caller(300);
    await pass(60_000);
    expect(told).toEqual([]);
  });
});

describe('a recogniser that failed and is heard again', () => {
  it('takes over when it is quicker', async () => {
    await failover();
    await caller(800);
    await says(first, 'my balance');
    expect(texts).toEqual(['hello', 'my balance']);
    expect(switches.at(-1)).toMatchObject({ to: 'first', reason: 'recovered' });
    expect(second.hearing).toBeUndefined();
  });

  it('takes over when it is a little slower, and its words are not told again', async () => {
    await failover();
    await caller(800);
    await says(second, 'my balance');
    await pass(300);
    await says(first, 'my balance');
    expect(texts).toEqual(['hello', 'my balance']);
    expect(switches.at(-1)).toMatchObject({ to: 'first', reason: 'recovered' });
  });

  it('and has the words of before while the caller speaks on does not tell them again', async () => {
    await failover();
    await caller(800);
    await says(second, 'my balance');
    chain.onCallerSpeaking(true);
    await says(first, 'my balance');
    expect(texts).toEqual(['hello', 'my balance']);
    await pass(600);
    chain.onCallerSpeaking(false);
    await says(first, 'please');
    expect(texts).toEqual(['hello', 'my balance', 'please']);
    expect(switches.at(-1)).toMatchObject({ to: 'first', reason: 'recovered' });
  });

  it('but is silent is given up and tried anew later, not heard to no end', async () => {
    await failover();
    await caller(800);
    await says(second, 'my balance');
    expect(first.hearing).toBeDefined();
    await pass(4_000);
    await caller(800);
    await says(second, 'please');
    expect(first.hearing).toBeUndefined();
    expect(chain.members.order[0]?.name).toBe('second');
    await pass(20_000);
    await caller(800);
    expect(first.hearing).toBeDefined();
    await says(first, 'thank you');
    expect(texts).toEqual(['hello', 'my balance', 'please', 'thank you']);
    expect(switches.at(-1)).toMatchObject({ to: 'first', reason: 'recovered' });
  });
});

it('after its stream was closed nobody is asked to hear the caller', async () => {
  chain.onCallerSpeaking(true);
  await pass(800);
  stream.close();
  await settle();
  chain.onCallerSpeaking(false);
  await pass(60_000);
  expect(told).toEqual([]);
  expect([first.hearing, second.hearing]).toEqual([undefined, undefined]);
});

it('the reasons of failures are read from the recogniser’s own error', async () => {
  first.hearing?.fails(401);
  await settle();
  await caller(800);
  await says(second, 'hello');
  expect(switches.map(({ reason }) => reason)).toEqual(['key-refused']);
  expect(switchReasonOf(Object.assign(new Error(''), { statusCode: 401 }))).toBe('key-refused');
});
