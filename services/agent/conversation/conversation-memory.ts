import { llm, voice } from '@livekit/agents';
import type { Logger } from '@patchbay/common/logger';
import { z } from 'zod';

const saidSchema = z.object({ who: z.enum(['caller', 'agent']), text: z.string() });
const memorySchema = z.object({
  conversation: z.array(saidSchema),
  /** Who served the caller last, if the call was handed over. */
  servedBy: z.string().optional(),
});

/** One thing that somebody said. */
export type Said = z.output<typeof saidSchema>;

/** LiveKit sends a room's metadata to everybody in it each time it changes. */
const MAX_BYTES = 8_192;

/**
 * What was said in a call so far, kept as its room's metadata: LiveKit holds it as long as the call
 * lives, so that a new job can go on where a lost one stopped, on whatever node it runs.
 */
export class ConversationMemory {
  readonly #save: (metadata: string) => Promise<unknown>;
  readonly #log: Logger;
  readonly #said: Said[];
  #servedBy: string | undefined;
  #saving = false;
  #unsaved = false;
  #closed = false;

  constructor(options: {
    /** What was said before; see {@link readMemory}. */
    said: readonly Said[];
    /** See {@link readServedBy}. */
    servedBy?: string | undefined;
    save: (metadata: string) => Promise<unknown>;
    log: Logger;
  }) {
    this.#said = [...options.said];
    this.#servedBy = options.servedBy;
    this.#save = options.save;
    this.#log = options.log;
  }

  /** Remember; the oldest is forgotten when there is too much. Never throws, never waits. */
  add(said: Said): void {
    if (this.#closed) return;
    this.#said.push(said);
    this.#keep();
  }

  /** Another agent serves the caller from now on. */
  handedOver(to: string): void {
    this.#servedBy = to;
    this.#keep();
  }

  /** The call is over and its room gone: nobody goes on with it. */
  close(): void {
    this.#closed = true;
  }

  #keep(): void {
    this.#unsaved = true;
    if (!this.#saving) void this.#saveAll();
  }

  /** One at a time, so that an older state can't overtake a newer one. */
  async #saveAll(): Promise<void> {
    this.#saving = true;
    while (this.#unsaved) {
      this.#unsaved = false;
      try {
        await this.#save(this.#metadata());
      } catch (error) {
        this.#log.warn({ err: error }, 'the conversation could not be kept for a next agent');
      }
    }
    this.#saving = false;
  }

  #metadata(): string {
    for (;;) {
      const metadata = JSON.stringify({
        conversation: this.#said,
        servedBy: this.#servedBy,
      });
      if (Buffer.byteLength(metadata) <= MAX_BYTES || this.#said.length === 0) return metadata;
      this.#said.shift();
    }
  }
}

/**
 * Remember what is said in a session.
 *
 * @param keepable what the caller said, as it may be kept; asked once for each thing said
 */
export function rememberSession(
  session: Pick<voice.AgentSession, 'on'>,
  memory: ConversationMemory,
  keepable: (words: string) => string,
): void {
  session.on(voice.AgentSessionEventTypes.ConversationItemAdded, ({ item }) => {
    if (item.type !== 'message' || !item.textContent) return;
    if (item.role === 'user') memory.add({ who: 'caller', text: keepable(item.textContent) });
    if (item.role === 'assistant') memory.add({ who: 'agent', text: item.textContent });
  });
}

/** What was said before, as the framework takes it. */
export function chatOf(said: readonly Said[]): llm.ChatContext {
  const chatCtx = llm.ChatContext.empty();
  for (const { who, text } of said) {
    chatCtx.addMessage({ role: who === 'caller' ? 'user' : 'assistant', content: text });
  }
  return chatCtx;
}

/** What was said before, from a room's metadata; nothing if that holds something else. */
export function readMemory(metadata: string | undefined): readonly Said[] {
  return parse(metadata)?.conversation ?? [];
}

/** Whom a call was handed over to before, if it was. */
export function readServedBy(metadata: string | undefined): string | undefined {
  return parse(metadata)?.servedBy;
}

function parse(metadata: string | undefined): z.output<typeof memorySchema> | undefined {
  try {
    return memorySchema.parse(JSON.parse(metadata ?? ''));
  } catch {
    return undefined;
  }
}
