import type { KnownCall } from '../collector/find-trace.ts';

/** The calls that could have been asked for. @param target of make that asks */
export function callList(target: 'trace' | 'logs', calls: readonly KnownCall[]): string {
  if (calls.length === 0) {
    return 'There are no calls yet: make dev or make demo starts the local stack, which keeps them in .run.';
  }
  const lines = calls.map(({ callId, room, sipCallId, startMs, result }) => {
    const also = [room, sipCallId].filter((name) => name !== undefined).join('  ');
    return `  ${new Date(startMs).toISOString()}  ${callId}  ${result ?? 'under way'}  ${also}`.trimEnd();
  });
  return [`The last calls, by id, room or SIP Call-ID (make ${target} CALL=<one>):`, ...lines].join(
    '\n',
  );
}
