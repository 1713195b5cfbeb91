import type { Heard } from '../speech/recognition.ts';
import { asSentence } from './sentence.ts';

const MODEL_UUID = '00000000-0000-4000-8000-000000000000';
/** pocketsphinx gives no usable figure for whole sentences. */
const CONFIDENCE = 0.98;

export interface ResultsFields {
  requestId: string;
  model: string;
  heard: Heard;
  /** Of the utterance, from the start of the stream. */
  startMs: number;
  durationMs: number;
  isFinal: boolean;
  speechFinal: boolean;
  fromFinalize: boolean;
  /** Capital letter and closing mark, as `punctuate` and `smart_format` ask for. */
  punctuate: boolean;
}

/** A `Results` message (https://developers.deepgram.com/docs/live-streaming-audio). */
export function resultsMessage(fields: ResultsFields) {
  const { heard, requestId } = fields;
  const plain = heard.words.map(({ word }) => word);
  const display = fields.punctuate ? asSentence(plain.join(' ')).split(' ') : plain;
  const words = heard.words.map(({ word, startMs, endMs }, index) => ({
    word,
    start: seconds(fields.startMs + startMs),
    end: seconds(fields.startMs + endMs),
    confidence: CONFIDENCE,
    ...(fields.punctuate && { punctuated_word: display[index] }),
  }));
  return {
    type: 'Results',
    channel_index: [0, 1],
    duration: seconds(fields.durationMs),
    start: seconds(fields.startMs),
    is_final: fields.isFinal,
    speech_final: fields.speechFinal,
    channel: {
      alternatives: [
        { transcript: display.join(' '), confidence: words.length > 0 ? CONFIDENCE : 0, words },
      ],
    },
    metadata: {
      request_id: requestId,
      model_info: { name: fields.model, version: 'sandbox', arch: 'pocketsphinx' },
      model_uuid: MODEL_UUID,
    },
    from_finalize: fields.fromFinalize,
  };
}

/** The summary sent before the server closes. */
export function metadataMessage(requestId: string, model: string, durationMs: number) {
  return {
    type: 'Metadata',
    transaction_key: 'deprecated',
    request_id: requestId,
    created: new Date().toISOString(),
    duration: seconds(durationMs),
    channels: 1,
    models: [MODEL_UUID],
    model_info: { [MODEL_UUID]: { name: model, version: 'sandbox', arch: 'pocketsphinx' } },
  };
}

export function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}
