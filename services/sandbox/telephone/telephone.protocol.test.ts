import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createSocket } from 'node:dgram';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '@patchbay/common/logger';
import { PCMA, PCMU, decodeG711 } from '@patchbay/common/g711';
import { parseRtp } from '@patchbay/common/rtp-packet';
import { levelDb } from '../audio/level.ts';
import { tone, tonePart } from '../audio/tone.ts';
import { decodeWav } from '../audio/wav.ts';
import { createResponse } from '../sip/build.ts';
import { Baresip } from '../sip/baresip.ts';
import { startSipp, type Sipp, type SippOptions } from '../sip/sipp.ts';
import { parseEvent } from './dtmf.ts';
import type { CallOptions } from './phone-call.ts';
import { Telephone } from './telephone.ts';
import { TestPeer } from './test-peer.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function sipp(options: SippOptions): Promise<Sipp> {
  const started = await startSipp(options);
  closers.push(() => started.close());
  return started;
}

/** A scenario of one's own: what SIPp does as the called side. */
async function scenario(steps: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'phone-'));
  closers.push(() => rm(folder, { recursive: true }));
  const path = join(folder, 'scenario.xml');
  await writeFile(path, `<?xml version="1.0"?><scenario name="called">${steps}</scenario>`);
  return path;
}

async function phoneOver(transport: 'udp' | 'tcp'): Promise<Telephone> {
  const phone = await Telephone.open({ transport, log: silentLogger() });
  closers.push(() => phone.close());
  return phone;
}

const dial = (phone: Telephone, port: number, options: Partial<CallOptions> = {}) =>
  phone.call({
    to: '+12025550101',
    from: '+12025550187',
    server: { host: '127.0.0.1', port },
    ...options,
  });

const say = (
  status: string,
  more = '',
  body = '',
) => `<send${status === '200 OK' ? ' retrans="500"' : ''}><![CDATA[
SIP/2.0 ${status}
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port];transport=[transport]>
${more}Content-Length: [len]

${body}]]></send>`;
const sdp = (port: string, more = '') => `v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio ${port} RTP/AVP 8 96
a=rtpmap:8 PCMA/8000
a=rtpmap:96 telephone-event/8000
${more}`;
const SDP_TYPE = 'Content-Type: application/sdp\n';

describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
  it('calls SIPp, hears its own tone come back, and hangs up', async () => {
    const server = await sipp({
      scenario: { builtin: 'uas' },
      transport,
      extraArguments: ['-rtp_echo'],
    });
    const phone = await phoneOver(transport);
    const call = dial(phone, server.port, {
      payloadTypes: [PCMA, PCMU],
      speech: { hangoverMs: 1_500 },
    });
    await call.answered;
    expect(call.times.ringing).toBeLessThanOrEqual(call.times.answered!);
    const played = call.play(tone({ frequencyHz: 1_000, durationMs: 800, sampleRateHz: 8_000 }));
    const echo = await call.nextUtterance();
    expect(tonePart(echo.samples.subarray(1_600, -1_600), 1_000, 8_000)).toBeGreaterThan(0.95);
    const { startedAtMs } = await played;
    // It can't be heard before it was spoken.
    expect(echo.startedAtMs).toBeGreaterThan(startedAtMs);
    expect(call.stats).toMatchObject({ duplicates: 0, other: 0, sourceChanges: 0 });
    await call.hangup();
    expect(await call.ended).toMatchObject({ by: 'us', status: 200 });
    expect(await server.done).toMatchObject({ ok: true, successful: 1 });
  });

  it('is rejected when SIPp is busy, and acknowledges that', async () => {
    const steps = `<recv request="INVITE"/>${say('486 Busy Here')}<recv request="ACK"/>`;
    const server = await sipp({ scenario: await scenario(steps), transport });
    const call = dial(await phoneOver(transport), server.port);
    await expect(call.answered).rejects.toMatchObject({ status: 486, reason: 'Busy Here' });
    expect(await server.done).toMatchObject({ ok: true });
  });

  it('cancels while SIPp rings', async () => {
    const steps =
      `<recv request="INVITE"/>${say('180 Ringing')}<recv request="CANCEL"/>${say('200 Cancelled')}` +
      // The refusal belongs to the INVITE, whose CSeq is 1 as well.
      `${say('487 Request Terminated').replace('[last_CSeq:]', 'CSeq: 1 INVITE')}<recv request="ACK"/>`;
    const server = await sipp({ scenario: await scenario(steps), transport });
    const call = dial(await phoneOver(transport), server.port);
    await call.ringing;
    await call.cancel();
    expect(await call.ended).toMatchObject({ by: 'cancelled', status: 487 });
    expect(await server.done).toMatchObject({ ok: true });
  });

  it('is told when SIPp hangs up', async () => {
    const steps =
      `<recv request="INVITE" rrs="true"/>${say('200 OK', SDP_TYPE, sdp('[media_port]'))}<recv request="ACK"/>` +
      `<send retrans="500"><![CDATA[
BYE [$target] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:+12025550101@[remote_ip]>;tag=[call_number]
To: [$caller]
Call-ID: [call_id]
CSeq: 1 BYE
Content-Length: 0

]]></send><recv response="200"/>`;
    const learn =
      '<recv request="INVITE"><action>' +
      '<ereg regexp="sip:[^>]*" search_in="hdr" header="Contact:" check_it="true" assign_to="target"/>' +
      '<ereg regexp="&lt;.*" search_in="hdr" header="From:" check_it="true" assign_to="caller"/></action></recv>';
    const path = await scenario(steps.replace('<recv request="INVITE" rrs="true"/>', learn));
    const server = await sipp({ scenario: path, transport });
    const call = dial(await phoneOver(transport), server.port);
    await call.answered;
    expect(await call.ended).toMatchObject({ by: 'peer', status: 200 });
    expect(await server.done).toMatchObject({ ok: true });
  });
});

const isLoud = (sample: number) => Math.abs(sample) > 1_000;

it('calls SIPp twenty times at once', async () => {
  const server = await sipp({
    scenario: { builtin: 'uas' },
    calls: 20,
    extraArguments: ['-rtp_echo'],
  });
  const phone = await phoneOver('udp');
  const calls = Array.from({ length: 20 }, () => dial(phone, server.port));
  await Promise.all(calls.map((call) => call.answered));
  const played = calls.map((call) =>
    call.play(tone({ frequencyHz: 500, durationMs: 400, sampleRateHz: 8_000 })),
  );
  await Promise.all(played);
  await Promise.all(calls.map((call) => call.hangup()));
  expect(await server.done).toMatchObject({ ok: true, successful: 20 });
  for (const call of calls) expect(call.stats.sent).toBeGreaterThanOrEqual(20);
});

it('presses keys that a plain RTP socket understands', async () => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  closers.push(() => new Promise((resolve) => socket.close(() => resolve(undefined))));
  const events: {
    event: number;
    end: boolean;
    duration: number;
    timestamp: number;
    marker: boolean;
  }[] = [];
  socket.on('message', (data) => {
    const packet = parseRtp(data);
    if (typeof packet === 'string' || packet.payloadType !== 96) return;
    events.push({
      ...parseEvent(packet.payload)!,
      timestamp: packet.timestamp,
      marker: packet.marker,
    });
  });
  const steps =
    `<recv request="INVITE"/>${say('200 OK', SDP_TYPE, sdp(String(socket.address().port), 'a=fmtp:96 0-15\n'))}` +
    `<recv request="ACK"/><recv request="BYE"/>${say('200 OK').replace(';tag=[call_number]', '')}`;
  const server = await sipp({ scenario: await scenario(steps) });
  const call = dial(await phoneOver('udp'), server.port);
  await call.answered;
  await call.sendDtmf('5#');
  await call.hangup();
  const five = events.filter(({ event }) => event === 5);
  const hash = events.filter(({ event }) => event === 11);
  for (const row of [five, hash]) {
    expect(row.filter(({ end }) => end)).toHaveLength(3);
    expect(row.filter(({ marker }) => marker)).toHaveLength(1);
    expect(new Set(row.map(({ timestamp }) => timestamp)).size).toBe(1);
    expect(row.map(({ duration }) => duration)).toEqual([160, 320, 480, 640, 800, 960, 960, 960]);
  }
  expect(await server.done).toMatchObject({ ok: true });
});

it.each(['udp', 'tcp'] as const)('talks with baresip over %s, both ways', async (transport) => {
  const baresip = await Baresip.start({ transport, autoAnswer: true });
  closers.push(() => baresip.close());
  const phone = await phoneOver(transport);
  const call = dial(phone, baresip.port, {
    to: `sip:tester@127.0.0.1:${baresip.port};transport=${transport}`,
  });
  await call.answered;
  // It speaks a tone of 440 Hz.
  const startedAtMs = await call.waitForSpeechStart();
  expect(startedAtMs).toBeGreaterThan(call.times.invite!);
  await call.play(tone({ frequencyHz: 1_000, durationMs: 1_000, sampleRateHz: 8_000 }));
  const { heard } = call.recording();
  const end = heard.findLastIndex((sample) => sample !== 0);
  expect(tonePart(heard.subarray(end - 4_000, end), 440, 8_000)).toBeGreaterThan(0.9);
  baresip.hangup();
  expect(await call.ended).toMatchObject({ by: 'peer' });
  // Its file says how long it is only once it was closed, some time after BYE.
  const theirs = await vi.waitFor(
    async () => {
      const samples = decodeWav((await baresip.heard())!).channels[0]!;
      if (samples.length === 0) throw new Error('the WAV is still being written');
      return samples;
    },
    { timeout: 10_000 },
  );
  const spoken = theirs.subarray(theirs.findIndex(isLoud), theirs.findLastIndex(isLoud));
  // It hangs up while the last of the tone is still in its jitter buffer.
  expect(spoken.length).toBeGreaterThan(4_000);
  expect(tonePart(spoken, 1_000, 8_000)).toBeGreaterThan(0.9);
});

describe('the command', () => {
  const run = promisify(execFile);
  const main = join(import.meta.dirname, 'main.ts');
  const beep = tone({ frequencyHz: 700, durationMs: 300, sampleRateHz: 8_000 });

  /** Runs it against a peer that does as told; gives exit status and what it printed. */
  async function against(behave: (peer: TestPeer) => Promise<void>, ...options: string[]) {
    const peer = await TestPeer.open();
    closers.push(() => peer.close());
    const folder = await mkdtemp(join(tmpdir(), 'phone-'));
    closers.push(() => rm(folder, { recursive: true }));
    const record = join(folder, 'call.wav');
    const server = `127.0.0.1:${peer.address.port}`;
    const running = run(process.execPath, [
      main,
      '--to',
      '1',
      '--server',
      server,
      '--record',
      record,
      ...options,
    ]).then(
      ({ stdout }) => ({ status: 0, stdout }),
      (error: { code: number; stdout: string }) => ({ status: error.code, stdout: error.stdout }),
    );
    // A command that ends early is judged by what it printed.
    await Promise.race([behave(peer), running]);
    const result = await running;
    return { ...result, wav: await readFile(record).then(decodeWav, () => undefined) };
  }

  it('listens, speaks, listens again, leaves a recording and exits 0', async () => {
    const { status, stdout, wav } = await against(
      async (peer) => {
        const { invite } = await peer.answer();
        const offer = invite.request.body.toString();
        await peer.speak(offer, beep);
        const spoken = () =>
          peer.packets.some(({ payload }) => levelDb(decodeG711(PCMA, payload)) > -30);
        while (!spoken()) await peer.received(peer.packets.length + 1);
        const silent = () =>
          peer.packets.slice(-25).every(({ payload }) => levelDb(decodeG711(PCMA, payload)) < -60);
        while (!silent()) await peer.received(peer.packets.length + 1);
        await peer.speak(offer, beep);
        const bye = await peer.next('BYE');
        bye.transaction.respond(createResponse(bye.request, 200));
      },
      '--say',
      'hello',
    );
    expect(stdout).toMatch(
      /ringing\n.*answered\n.*they speak for \d\.\d s\n.*we say: hello\n.*they speak for \d\.\d s after \d+ ms\n/,
    );
    expect(status).toBe(0);
    expect(wav!.channels.map((channel) => channel.some((sample) => sample > 3_000))).toEqual([
      true,
      true,
    ]);
  });

  it('exits 1 and says why when the other side says nothing, and when it is refused', async () => {
    const mute = await against(
      async (peer) => {
        await peer.answer();
        const bye = await peer.next('BYE');
        bye.transaction.respond(createResponse(bye.request, 200));
      },
      '--patience',
      '300',
    );
    expect(mute).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/answered\n.*nothing was heard in 300 ms/) as string,
    });
    const refused = await against(async (peer) => {
      const { request, transaction } = await peer.next('INVITE');
      transaction.respond(createResponse(request, 404));
    });
    expect(refused).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('refused: 404 Not Found') as string,
    });
  });

  it('says in words what is wrong with its options and exits 2', async () => {
    await expect(run(process.execPath, [main, '--server', 'x'])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--server: got "x".*\n--to: not given/) as string,
    });
  });
});
