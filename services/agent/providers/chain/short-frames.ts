import { AudioFrame } from '@livekit/rtc-node';

/** As long as the packets that carry them. */
const FRAME_MS = 20;

/**
 * A frame in pieces of 20 ms. When the caller speaks over the agent, the framework's output falls
 * silent with the next frame it is given: with frames of 100 ms, as plugins make them, that is up to
 * 100 ms later.
 */
export function* shortFrames(frame: AudioFrame): Generator<AudioFrame> {
  const { data, sampleRate, channels, samplesPerChannel } = frame;
  const step = (sampleRate * FRAME_MS) / 1_000;
  for (let from = 0; from < samplesPerChannel; from += step) {
    const samples = Math.min(step, samplesPerChannel - from);
    // A copy: the native side reads the whole buffer under a view.
    const piece = data.slice(from * channels, (from + samples) * channels);
    yield new AudioFrame(piece, sampleRate, channels, samples);
  }
}
