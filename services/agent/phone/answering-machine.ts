import { voice } from '@livekit/agents';

/** Who picked up a phone that we called. */
export type PickedUp =
  | 'person'
  /** It takes messages. */
  | 'machine'
  /** A machine that takes none: a full mailbox, a menu of keys. */
  | 'dead-end';

/** A person who picks up and says nothing is spoken to after this long. */
const NO_SPEECH_MS = 3_000;
/** A machine that talks for longer than this is told by what it has said so far. */
const DETECTION_MS = 20_000;

/**
 * Hear who picked up, by the framework's detector: a short hello is a person, of a longer speech the
 * session's own language model judges the words. Answers are held back meanwhile. In doubt it is a
 * person.
 *
 * @param identity of whoever was called
 */
export async function whoPickedUp(
  session: voice.AgentSession,
  identity: string,
): Promise<PickedUp> {
  const detector = new voice.AMD(session, {
    // Of this session: nothing of LiveKit's cloud.
    llm: null,
    stt: null,
    participantIdentity: identity,
    noSpeechTimeoutMs: NO_SPEECH_MS,
    detectionTimeoutMs: DETECTION_MS,
    suppressCompatibilityWarning: true,
  });
  try {
    const { category } = await detector.execute();
    switch (category) {
      case voice.AMDCategory.MACHINE_VM:
        return 'machine';
      case voice.AMDCategory.MACHINE_IVR:
      case voice.AMDCategory.MACHINE_UNAVAILABLE:
        return 'dead-end';
      default:
        return 'person';
    }
  } finally {
    await detector.aclose();
  }
}
