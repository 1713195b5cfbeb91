import { randomBytes } from 'node:crypto';
import { readApology } from '@patchbay/common/apology';
import { framesOf } from '@patchbay/common/recording';
import { ATTENDANT_PREFIX, END_TOPIC, type EndReport } from '@patchbay/common/room-contract';
import { AccessToken } from 'livekit-server-sdk';
import type { LiveKitDeskOptions } from './desk.ts';
import { pause } from '@patchbay/common/retry';

/** A phone that rings is answered when it hears somebody; that takes a moment. */
const LISTEN_MS = 800;
/** Between the last word and the end: audio is still on its way to the caller's ear. */
const SETTLE_MS = 700;
const TOKEN_TTL_SECONDS = 60;

/**
 * Join a room as an agent does, play the recorded apology and leave.
 *
 * @throws if the room can't be joined
 */
export async function apologiseIn(
  roomName: string,
  livekit: LiveKitDeskOptions,
  signal: AbortSignal,
): Promise<void> {
  // A native library of 20 MB that an API with agents never needs.
  const { AudioFrame, AudioSource, LocalAudioTrack, Room, TrackPublishOptions, TrackSource } =
    await import('@livekit/rtc-node');
  const apology = readApology();
  const room = new Room();
  const source = new AudioSource(apology.sampleRateHz, 1);
  try {
    await room.connect(livekit.url, await attendantToken(roomName, livekit), {
      autoSubscribe: false,
      dynacast: false,
    });
    const participant = room.localParticipant;
    if (!participant) return;
    const track = LocalAudioTrack.createAudioTrack('apology', source);
    await participant.publishTrack(
      track,
      new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE }),
    );
    await pause(LISTEN_MS, signal);
    for (const frame of framesOf(apology)) {
      if (signal.aborted) break;
      // Waits while a second of sound is queued.
      await source.captureFrame(new AudioFrame(frame, apology.sampleRateHz, 1, frame.length));
    }
    if (!signal.aborted) await source.waitForPlayout();
    // Not earlier: whoever has not seen us join yet would not know whose word it is.
    const report: EndReport = { cause: 'no-agent' };
    await participant.publishData(new TextEncoder().encode(JSON.stringify(report)), {
      reliable: true,
      topic: END_TOPIC,
    });
    await pause(SETTLE_MS, signal);
  } finally {
    await room.disconnect();
    await source.close();
  }
}

function attendantToken(room: string, { apiKey, apiSecret }: LiveKitDeskOptions): Promise<string> {
  const token = new AccessToken(apiKey, apiSecret, {
    identity: `${ATTENDANT_PREFIX}${randomBytes(6).toString('hex')}`,
    ttl: TOKEN_TTL_SECONDS,
  });
  token.kind = 'agent';
  token.addGrant({
    roomJoin: true,
    room,
    agent: true,
    canPublish: true,
    canPublishData: true,
    canSubscribe: false,
  });
  return token.toJwt();
}
