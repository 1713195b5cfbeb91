import { ReadableStream } from 'node:stream/web';
import { AudioFrame } from '@livekit/rtc-node';
import type { Recording } from '@patchbay/common/recording';

const FRAME_MS = 20;

/** The recording as the framework takes audio: frames of 20 ms. */
export function framesOf(recording: Recording): ReadableStream<AudioFrame> {
  const { sampleRateHz, samples } = recording;
  const frameSamples = (sampleRateHz * FRAME_MS) / 1_000;
  let at = 0;
  return new ReadableStream<AudioFrame>({
    pull(controller) {
      if (at >= samples.length) {
        controller.close();
        return;
      }
      const frame = new Int16Array(frameSamples);
      frame.set(samples.subarray(at, at + frameSamples));
      at += frameSamples;
      controller.enqueue(new AudioFrame(frame, sampleRateHz, 1, frameSamples));
    },
  });
}
