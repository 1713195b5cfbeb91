import { ReadableStream } from 'node:stream/web';
import { AudioFrame } from '@livekit/rtc-node';
import { framesOf, type Recording } from '@patchbay/common/recording';

/** The recording as the framework takes audio: frames of 20 ms. */
export function audioFramesOf(recording: Recording): ReadableStream<AudioFrame> {
  const frames = framesOf(recording);
  return new ReadableStream<AudioFrame>({
    pull(controller) {
      const next = frames.next();
      if (next.done) return controller.close();
      controller.enqueue(new AudioFrame(next.value, recording.sampleRateHz, 1, next.value.length));
    },
  });
}
