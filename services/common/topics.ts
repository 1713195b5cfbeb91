/**
 * Names and times that both ends of a room must have alike. Constants only, so that the browser's bundle can
 * import them too; {@link file://./room-contract.ts} re-exports them.
 */

/** Attribute, on every caller, that says through which door they came. */
export const DOOR_ATTRIBUTE = 'patchbay.door';
/** Attribute, on every caller, with the call's id (the last part of the room's name). */
export const CALL_ID_ATTRIBUTE = 'patchbay.callId';

/** Attribute, on the agent, with the name of who serves the caller after another one has. */
export const AGENT_ATTRIBUTE = 'patchbay.agent';

/** Attribute, on whoever was called, with `outbound`; callers don't have it. */
export const DIRECTION_ATTRIBUTE = 'patchbay.direction';

/**
 * Attribute, on a caller by phone, that says whether the phone holds the call: `yes`, and `no` when it
 * is back. A call that was never held does not have it. The bridge sets it; LiveKit SIP has no word of
 * a hold (livekit/sip#716).
 */
export const HOLD_ATTRIBUTE = 'patchbay.hold';

/** Topic of the reliable data packets in which the agent reports each turn (`turnReportSchema`). */
export const TURN_TOPIC = 'patchbay.turn';
/** Topic of the reliable data packet in which the agent says why it ends the call (`endReportSchema`). */
export const END_TOPIC = 'patchbay.end';
/**
 * Attribute that the agent sets on itself before it leaves, for doors that are not in the room: what it
 * reported, as JSON (`agentSummarySchema`). LiveKit tells it with the event that the agent has left.
 */
export const SUMMARY_ATTRIBUTE = 'patchbay.summary';
/** Topic of LiveKit's own transcription text streams. */
export const TRANSCRIPTION_TOPIC = 'lk.transcription';

/** Begins the identity of whoever joins as an agent only to apologise, and serves nobody. */
export const ATTENDANT_PREFIX = 'attendant-';
/**
 * How long a door waits for an agent that was lost. The API sends for another one meanwhile, and
 * begins its apology before this time is over.
 */
export const AGENT_RETURN_MS = 15_000;
