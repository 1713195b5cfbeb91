import { voice } from '@livekit/agents';
import type { Logger } from '@patchbay/common/logger';
import { atMost } from '@patchbay/common/retry';

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

export interface PickUpOptions {
  /** Of whoever was called. */
  identity: string;
  /** Nobody wants to know any more: they have hung up, or the call is being ended. */
  over: AbortSignal;
  log: Logger;
}

/**
 * Hear who picked up, by the framework's detector: a short hello is a person, of a longer speech the
 * session's own language model judges the words. Answers are held back meanwhile, and what was said
 * has become a turn of the conversation when this returns. In doubt it is a person.
 *
 * @returns undefined if it was over before that was clear; never rejects
 */
export async function whoPickedUp(
  session: voice.AgentSession,
  { identity, over, log }: PickUpOptions,
): Promise<PickedUp | undefined> {
  if (over.aborted) return undefined;
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
  // A voice that is cut off has no end that the detector could hear.
  const giveUp = () => void detector.aclose();
  const { ConversationItemAdded } = voice.AgentSessionEventTypes;
  session.on(ConversationItemAdded, onItem);
  over.addEventListener('abort', giveUp);
  try {
    const { category, speechDurationMs } = await detector.execute();
    if (speechDurationMs > 0) await atMost(LAST_WORD_MS, said.promise, over);
    return over.aborted ? undefined : pickedUpBy(category);
  } catch (error) {
    if (over.aborted) return undefined;
    log.warn({ err: error }, 'nobody can tell who picked up the phone');
    return 'person';
  } finally {
    over.removeEventListener('abort', giveUp);
    session.off(ConversationItemAdded, onItem);
    await detector.aclose();
  }
}

function pickedUpBy(category: voice.AMDCategory): PickedUp {
  switch (category) {
    case voice.AMDCategory.MACHINE_VM:
      return 'machine';
    case voice.AMDCategory.MACHINE_IVR:
    case voice.AMDCategory.MACHINE_UNAVAILABLE:
      return 'dead-end';
    default:
      return 'person';
  }
}
