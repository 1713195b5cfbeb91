import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { sandboxEnvironment } from '@patchbay/sandbox/config';
import { findBinary } from '@patchbay/sandbox/stack/binaries';
import { freePorts } from '@patchbay/sandbox/stack/free-ports';
import { describe, expect, it } from 'vitest';
import { SCRIPTS } from '../runner/scripts.ts';

/** Run a script with k6. @returns everything it printed */
async function k6(script: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { PATH = '', HOME = '' } = sandboxEnvironment();
  const file = join(import.meta.dirname, '..', `${script}.ts`);
  const args = ['run', '--quiet', '--no-usage-report', '--address', '', file];
  const binary = await findBinary('k6');
  return new Promise((resolve) => {
    execFile(binary, args, { env: { PATH, HOME, ...env } }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}

describe.each(Object.keys(SCRIPTS))('the k6 script %s', (script) => {
  it('ends at once with the reason when nobody is there', async () => {
    const [port = 0] = await freePorts(1);
    const url = `http://127.0.0.1:${port}`;
    const printed = await k6(script, { DRIVER_URL: url, API_URL: url, PROVIDERS_URL: url });
    expect(printed).toContain('test aborted');
    expect(printed).toContain(url);
    expect(printed).not.toContain('invalid threshold');
  });

  it('asks for an address that is not given, and refuses one that is not this machine', async () => {
    expect(await k6(script, {})).toMatch(/(DRIVER_URL|API_URL) is not set/);
    const url = 'http://192.0.2.1:8080';
    expect(await k6(script, { DRIVER_URL: url, API_URL: url })).toContain('ALLOW_REMOTE=1');
  });
});
