import * as cartesia from '@livekit/agents-plugin-cartesia';
import type { tts } from '@livekit/agents';

export interface TtsOptions {
  apiKey: string;
  /** `https://api.cartesia.ai` or what stands for it; WebSocket addresses are made from it. */
  baseUrl: string;
  /** BCP 47. */
  language: string;
  /** Cartesia's voice id; the plugin's own default if absent. */
  voice?: string | undefined;
}

/** Cartesia's streaming speech. */
export function cartesiaTts(options: TtsOptions): tts.TTS {
  return new cartesia.TTS({
    apiKey: options.apiKey,
    baseUrl: options.baseUrl,
    language: options.language,
    model: 'sonic-3',
    ...(options.voice ? { voice: options.voice } : {}),
  });
}
