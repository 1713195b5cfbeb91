import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startExotel } from '@patchbay/sandbox/carriers/exotel';
import { startTwilio } from '@patchbay/sandbox/carriers/twilio';
import type { Props } from './operations-type.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const TESTING = join(import.meta.dirname, 'testing');
const run = promisify(execFile);

async function providerText(kind: string): Promise<string> {
  const { stdout } = await run(process.execPath, [join(TESTING, 'print-provider.ts'), kind], {
    cwd: REPOSITORY,
  });
  return stdout;
}

/** A fresh process in the given folder evaluates the text and calls create, diff, read and delete. */
async function runText(cwd: string, text: string, inputs: Props) {
  const child = run(process.execPath, [join(TESTING, 'run-provider.ts')], { cwd });
  child.child.stdin?.end(JSON.stringify({ text, inputs }));
  const { stdout, stderr } = await child;
  return { ...(JSON.parse(stdout) as { made: Props; diff: Props; back: Props }), stderr };
}

it(
  'works from its text in a new process, at the top and in infra/',
  { timeout: 60_000 },
  async () => {
    const text = await providerText('twilio-trunk');
    const twilio = await startTwilio();
    try {
      const { accountSid, user, password, url } = twilio;
      const access = { accountSid, user, password, endpoints: { trunking: url, api: url } };
      const inputs = { access, name: 'bank', domainName: '', secure: false };
      for (const folder of [REPOSITORY, join(REPOSITORY, 'infra')]) {
        const { made, diff, back, stderr } = await runText(folder, text, inputs);
        expect(made.id).toMatch(/^TK/);
        expect(diff.changes).toBe(false);
        expect(back.id).toBe(made.id);
        expect(stderr).toBe('');
      }
      expect(twilio.requests.filter((line) => line.startsWith('DELETE'))).toHaveLength(2);
    } finally {
      await twilio.close();
    }
  },
);

it('works for Exotel in the same way', { timeout: 60_000 }, async () => {
  const exotel = await startExotel();
  try {
    const { accountSid, apiKey, apiToken, url } = exotel;
    const access = { accountSid, apiKey, apiToken, endpoint: url };
    const inputs = { access, name: 'bank', trunkSid: '' };
    const { made } = await runText(REPOSITORY, await providerText('exotel-trunk'), inputs);
    expect(made.id).toMatch(/^trmum/);
  } finally {
    await exotel.close();
  }
});

it('writes nothing of this machine and none of the real code into the state', async () => {
  const text = await providerText('livekit-inbound-trunk');
  expect(text).not.toContain(REPOSITORY);
  expect(text).not.toContain('livekit-server-sdk');
  expect(text.length).toBeLessThan(4_000);
});

it('says where to run when it is run elsewhere', async () => {
  const text = await providerText('twilio-trunk');
  await expect(runText('/', text, {})).rejects.toThrow(/run pulumi inside the repository/);
});
