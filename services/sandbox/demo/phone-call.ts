import { PCMA, PCMU } from '@patchbay/common/g711';
import type { Logger } from '@patchbay/common/logger';
import { parseRoomName } from '@patchbay/common/room-contract';
import { Observer, waitForRoom, type SpokenLine } from '../stack/observer.ts';
import { LOCAL_NUMBERS, type Stack } from '../stack/stack.ts';
import { Telephone } from '../telephone/telephone.ts';
import { ask, BALANCE_QUESTION, GOODBYE, hearGreeting, type HeardTurn } from './conversation.ts';
import { doorReport, type DoorReport } from './door-report.ts';

const ROOM_TIMEOUT_MS = 10_000;
const END_TIMEOUT_MS = 20_000;

export interface DemoCallOptions {
  stack: Stack;
  log: Logger;
  /** What the bank's back end holds for the caller, in cents. */
  expectedMinor: number;
  /** Real voices are not understood by the offline recogniser: then the captions are checked. */
  realProviders: boolean;
  onLine: (line: SpokenLine, startMs: number) => void;
}

export interface Recording {
  sent: Int16Array;
  heard: Int16Array;
}

/** Call the bank's number, ask for the balance, say goodbye, and tell what was heard. */
export async function phoneCall(
  options: DemoCallOptions & {
    transport: 'udp' | 'tcp';
    door: 'reach' | 'trunk';
    server: { host: string; port: number };
  },
): Promise<{ report: DoorReport; recording: Recording }> {
  const { stack, door, server } = options;
  const phone = await Telephone.open({
    transport: options.transport,
    host: '127.0.0.1',
    log: options.log,
  });
  const startMs = Date.now();
  let observer: Observer | undefined;
  try {
    const call = phone.call({
      to: LOCAL_NUMBERS.bank,
      from: LOCAL_NUMBERS.caller,
      server,
      payloadTypes: [PCMA, PCMU],
    });
    const answered = call.answered;
    // The call may be refused while the room is still awaited; `answered` is looked at below.
    answered.catch(() => undefined);
    const isBankCall = (name: string) => parseRoomName(name)?.door === door;
    const room = await Promise.race([
      waitForRoom(stack.livekit, isBankCall, ROOM_TIMEOUT_MS),
      answered.then(() => waitForRoom(stack.livekit, isBankCall, ROOM_TIMEOUT_MS)),
    ]);
    observer = await Observer.join(stack.livekit, room, (line) => options.onLine(line, startMs));
    await answered;
    const turns: HeardTurn[] = [];
    await hearGreeting(call);
    turns.push(await ask(call, BALANCE_QUESTION));
    turns.push(await ask(call, GOODBYE));
    await call.ended;
    const callId = parseRoomName(room)?.callId;
    const record = await stack.records.next((r) => r.callId === callId, END_TIMEOUT_MS);
    await observer.ended();
    const { expectedMinor, realProviders } = options;
    return {
      report: doorReport({
        door,
        startMs,
        turns,
        observer,
        record,
        expectedMinor,
        realProviders,
      }),
      recording: call.recording(),
    };
  } finally {
    await observer?.close();
    await phone.close();
  }
}
