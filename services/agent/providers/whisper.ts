import { inference, stt, type AudioBuffer } from '@livekit/agents';
import * as openaiPlugin from '@livekit/agents-plugin-openai';
import { openai } from './openai.ts';
import { baseLanguage, type SttProvider } from './provider.ts';

/** The service refuses shorter recordings. */
const LEAST_DURATION_MS = 100;
/** Silence that ends an utterance. Turns may end sooner; words heard in pieces are heard wrongly. */
const UTTERANCE_SILENCE_MS = 250;

/**
 * OpenAI's transcription. It takes whole utterances, so the framework's adapter cuts them out by
 * voice detection.
 */
export const whisper = {
  keyVariable: openai.keyVariable,
  urlVariable: openai.urlVariable,
  variables: openai.variables,
  timeoutMs: 2_000,
  build: ({ apiKey, baseUrl, language, model = 'whisper-1' }) => {
    const whole = new Transcription({
      apiKey,
      baseURL: baseUrl,
      language: baseLanguage(language),
      model,
      useRealtime: false,
    });
    const vad = new inference.VAD({ minSilenceDuration: UTTERANCE_SILENCE_MS });
    return new stt.StreamAdapter(whole, vad);
  },
} as const satisfies SttProvider;

/** The adapter swallows a failed transcription; this one tells of it, as a stream would. */
class Transcription extends openaiPlugin.STT {
  override async _recognize(audio: AudioBuffer, signal?: AbortSignal): Promise<stt.SpeechEvent> {
    if (durationMs(audio) < LEAST_DURATION_MS) return nothingHeard();
    try {
      const event = await super._recognize(audio, signal);
      // Something answered that is no transcription service.
      if (typeof event.alternatives?.[0]?.text !== 'string') {
        throw new SyntaxError('the answer has no text');
      }
      return event;
    } catch (error) {
      if (!signal?.aborted) this.#tell(error);
      throw error;
    }
  }

  #tell(cause: unknown): void {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    this.emit('error', {
      type: 'stt_error',
      timestamp: Date.now(),
      label: this.label,
      error,
      recoverable: false,
    });
  }
}

function nothingHeard(): stt.SpeechEvent {
  return {
    type: stt.SpeechEventType.FINAL_TRANSCRIPT,
    alternatives: [{ text: '', language: '', startTime: 0, endTime: 0, confidence: 0 }],
  } as unknown as stt.SpeechEvent;
}

function durationMs(audio: AudioBuffer): number {
  const frames = Array.isArray(audio) ? audio : [audio];
  return frames.reduce(
    (sum, frame) => sum + (frame.samplesPerChannel / frame.sampleRate) * 1_000,
    0,
  );
}
