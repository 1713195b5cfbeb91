import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { heardAmountMinor } from '../speech/heard-amount.ts';
import type { Stack } from '../stack/stack.ts';
import { recordsOf, talkByPhone } from './calls.ts';
import { holdings, metric, NOTHING_HELD, startTestStack } from './stack.ts';

const BALANCE_MINOR = 245_000;
/** `make soak` asks for the long form. */
const LONG = process.env['SOAK'] === 'long';
const ONE_AFTER_THE_OTHER = LONG ? 20 : 3;
const AT_ONCE = LONG ? 5 : 3;

/** Open files and sockets of a process. */
async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

async function childProcesses(pid: number): Promise<number> {
  let count = 0;
  for (const task of await readdir(`/proc/${pid}/task`)) {
    const children = await readFile(`/proc/${pid}/task/${task}/children`, 'utf8');
    count += children.split(' ').filter((child) => child !== '').length;
  }
  return count;
}

describe('many calls', () => {
  let stack: Stack;
  let close = async () => {};
  beforeAll(async () => {
    ({ stack, close } = await startTestStack({
      // As many calls come at once as there are spare job processes: starting one takes a second of CPU.
      // A released port rests with its sockets open; here it may be looked at soon.
      env: {
        agent: { AGENT_IDLE_PROCESSES: String(AT_ONCE) },
        bridge: { BRIDGE_RTP_REST_MS: '1000' },
      },
    }));
  });
  afterAll(() => close());

  const settled = () =>
    vi.waitFor(
      async () => {
        expect(await holdings(stack)).toEqual(NOTHING_HELD);
        const bridge = stack.opsUrl('bridge');
        expect(await metric(bridge, 'patchbay_bridge_rtp_ports_resting')).toBe(0);
      },
      { timeout: 20_000, interval: 250 },
    );

  it(`${ONE_AFTER_THE_OTHER} one after the other and ${AT_ONCE} at once are all answered rightly and leave nothing behind`, async () => {
    // The first call opens what stays open: connections to providers, spare job processes.
    await talkByPhone(stack);
    await settled();
    const bridgePid = stack.service('bridge').pid;
    const agentPid = stack.service('agent').pid;
    const before = {
      bridgeFiles: await openFiles(bridgePid),
      agentChildren: await childProcesses(agentPid),
    };
    for (let n = 0; n < ONE_AFTER_THE_OTHER; n++) {
      const { answer } = await talkByPhone(stack);
      if (LONG) console.log(`  call ${n + 1} of ${ONE_AFTER_THE_OTHER}: "${answer}"`);
      expect(heardAmountMinor(answer), `call ${n + 1} heard "${answer}"`).toBe(BALANCE_MINOR);
    }
    const together = await Promise.all(Array.from({ length: AT_ONCE }, () => talkByPhone(stack)));
    for (const { answer } of together) expect(heardAmountMinor(answer)).toBe(BALANCE_MINOR);
    await settled();
    const records = recordsOf(stack, 'reach');
    expect(records).toHaveLength(1 + ONE_AFTER_THE_OTHER + AT_ONCE);
    expect(new Set(records.map(({ callId }) => callId)).size).toBe(records.length);
    expect(records.every(({ result }) => result === 'agent-hangup')).toBe(true);
    await vi.waitFor(
      async () => {
        expect(await openFiles(bridgePid)).toBeLessThanOrEqual(before.bridgeFiles);
        expect(await childProcesses(agentPid)).toBeLessThanOrEqual(before.agentChildren);
      },
      { timeout: 20_000, interval: 250 },
    );
  }, 600_000);
});
