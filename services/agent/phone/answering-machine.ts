import { setTimeout as delay } from 'node:timers/promises';
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

/** The recogniser's last word on a hello comes within this time after the voice has ended. */
const LAST_WORD_MS = 1_500;

/**
 * Hear who picked up, by the framework's detector: a short hello is a person, of a longer speech the
 * session's own language model judges the words. Answers are held back meanwhile, and what was said
 * has become a turn of the conversation when this returns. In doubt it is a person.
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
  const said = Promise.withResolvers<void>();
  const onItem = ({ item }: voice.ConversationItemAddedEvent) => {
    if (item.type === 'message' && item.role === 'user') said.resolve();
  };
  const { ConversationItemAdded } = voice.AgentSessionEventTypes;
  session.on(ConversationItemAdded, onItem);
  try {
    const { category, speechDurationMs } = await detector.execute();
    if (speechDurationMs > 0) await Promise.race([said.promise, delay(LAST_WORD_MS)]);
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
    session.off(ConversationItemAdded, onItem);
    await detector.aclose();
  }
}
