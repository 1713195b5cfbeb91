import { parseRoomName } from '@patchbay/common/room-contract';
import { BrowserCaller } from '../browser/browser-caller.ts';
import { Observer, waitForRoom } from '../stack/observer.ts';
import { ask, BALANCE_QUESTION, GOODBYE, hearGreeting, type HeardTurn } from './conversation.ts';
import { doorReport, type DoorReport } from './door-report.ts';
import type { DemoCallOptions, Recording } from './phone-call.ts';

const ROOM_TIMEOUT_MS = 15_000;
const END_TIMEOUT_MS = 30_000;

/** The same conversation in a real browser on the real page. */
export async function webCall(
  options: DemoCallOptions,
): Promise<{ report: DoorReport; recording: Recording }> {
  const { stack } = options;
  const caller = await BrowserCaller.open(stack.apiUrl);
  const startMs = Date.now();
  let observer: Observer | undefined;
  try {
    const roomComes = waitForRoom(
      stack.livekit,
      (name) => parseRoomName(name)?.door === 'web',
      ROOM_TIMEOUT_MS,
    );
    const [room] = await Promise.all([roomComes, caller.call('bank')]);
    observer = await Observer.join(stack.livekit, room, (line) => options.onLine(line, startMs));
    const turns: HeardTurn[] = [];
    await hearGreeting(caller);
    turns.push(await ask(caller, BALANCE_QUESTION));
    turns.push(await ask(caller, GOODBYE));
    const callId = parseRoomName(room)?.callId;
    const record = await stack.records.next((r) => r.callId === callId, END_TIMEOUT_MS);
    await observer.ended();
    const { expectedMinor, realProviders } = options;
    return {
      report: doorReport({
        door: 'web',
        startMs,
        turns,
        observer,
        record,
        expectedMinor,
        realProviders,
      }),
      recording: caller.recording(),
    };
  } finally {
    await observer?.close();
    await caller.close();
  }
}
