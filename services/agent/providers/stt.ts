import * as deepgram from '@livekit/agents-plugin-deepgram';
import type { stt } from '@livekit/agents';

export interface SttOptions {
  apiKey: string;
  /** `wss://api.deepgram.com` or what stands for it. */
  baseUrl: string;
  /** BCP 47. */
  language: string;
}

/** Deepgram's streaming recognition. */
export function deepgramStt(options: SttOptions): stt.STT {
  return new deepgram.STT({
    apiKey: options.apiKey,
    baseUrl: options.baseUrl,
    language: options.language,
    model: 'nova-3',
  });
}
