import { stt } from '@livekit/agents';
import type { OnRequest } from '../../trace/request-log.ts';
import { Members, type Member } from './members.ts';
import { SttChainStream } from './stt-chain-stream.ts';
import type { ProviderSwitch } from './switches.ts';

export interface SttChainOptions {
  members: readonly Member<stt.STT>[];
  onSwitch: (change: ProviderSwitch) => void;
  /** The caller spoke and waits longer than usual for being understood. */
  onLate: () => void;
  /** The caller spoke, and nobody made words of it. */
  onUnheard: () => void;
  onRequest: OnRequest;
}

/**
 * Recognisers of which one hears the caller. When it fails, or stays silent after the caller spoke,
 * the next hears what was said, from the beginning. The framework's adapter begins with what is said
 * next, and doesn't notice silence.
 */
export class SttChain extends stt.STT {
  override label = 'SttChain';
  readonly members: Members<stt.STT>;
  readonly onLate: () => void;
  readonly onUnheard: () => void;
  readonly onRequest: OnRequest;
  #stream: SttChainStream | undefined;

  constructor(options: SttChainOptions) {
    super({ streaming: true, interimResults: true, alignedTranscript: false });
    this.onLate = options.onLate;
    this.onUnheard = options.onUnheard;
    this.onRequest = options.onRequest;
    this.members = new Members({ ...options, stage: 'stt' });
    // A failure after its stream was closed concerns nobody, but without a listener ends the process.
    for (const { model } of options.members) model.on('error', () => undefined);
  }

  override get model(): string {
    return this.members.current.model.model;
  }

  override get provider(): string {
    return this.members.current.name;
  }

  /** What voice detection says of the caller. */
  onCallerSpeaking(speaking: boolean): void {
    this.#stream?.onCallerSpeaking(speaking);
  }

  override stream(): stt.SpeechStream {
    this.#stream = new SttChainStream(this);
    return this.#stream;
  }

  override _recognize(): Promise<stt.SpeechEvent> {
    return Promise.reject(new Error('speech is heard with stream()'));
  }

  override async close(): Promise<void> {
    this.members.close();
    await Promise.all(this.members.all.map(({ model }) => model.close()));
  }
}
