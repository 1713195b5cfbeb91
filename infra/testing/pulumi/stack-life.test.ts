import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPulumi, PROVIDER_VERSION, pulumiOn } from './pulumi-cli.ts';
import { liveThrough } from './stack-life.ts';

/** Stands in for the CLI: notes what it is asked, deploys nothing, fails where it is told to. */
const STAND_IN = `#!${process.execPath}
const { appendFileSync, writeFileSync, existsSync, readFileSync } = require('node:fs');
const args = process.argv.slice(2);
const folder = __dirname;
console.error('this is a stand-in for pulumi: it deploys nothing');
const { KUBECONFIG, PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE } = process.env;
const env = { KUBECONFIG, PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE };
const stackFile = folder + '/Pulumi.trial.yaml';
const config = existsSync(stackFile) ? readFileSync(stackFile, 'utf8') : '';
appendFileSync(folder + '/asked', JSON.stringify({ args, env, config }) + '\\n');
if (args[0] === 'plugin') console.log(existsSync(folder + '/plugins') ? readFileSync(folder + '/plugins', 'utf8') : '[]');
if (args[0] === 'stack' && args[1] === 'init') writeFileSync(stackFile, 'encryptionsalt: v1:salt\\n');
if (args[0] === 'stack' && args[1] === 'output') console.log('{"numbers":["+12025550101 rings bank"]}');
if (existsSync(folder + '/fails') && args[0] === readFileSync(folder + '/fails', 'utf8')) {
  console.log('error: something is wrong');
  process.exit(255);
}
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-pulumi-'));
  await writeFile(join(folder, 'pulumi'), STAND_IN);
  await chmod(join(folder, 'pulumi'), 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Asked {
  args: string[];
  env: Record<string, string>;
  config: string;
}
const asked = async () =>
  (await readFile(join(folder, 'asked'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Asked);

describe('the Pulumi CLI', () => {
  it('is missed with the way to get it', async () => {
    const found = await findPulumi('/nowhere', folder);
    expect(found).toMatchObject({
      missing: expect.stringContaining('no pulumi on PATH') as unknown,
    });
  });

  it('is missed with the way to get its plug-in, if only that is missing', async () => {
    const other = [{ name: 'kubernetes', kind: 'resource', version: '1.0.0' }];
    await writeFile(join(folder, 'plugins'), JSON.stringify(other));
    const install = `pulumi plugin install resource kubernetes ${PROVIDER_VERSION}`;
    const found = await findPulumi(folder, folder);
    expect(found).toMatchObject({ missing: expect.stringContaining(install) as unknown });
  });

  it('is found with its plug-in', async () => {
    const right = [{ name: 'kubernetes', kind: 'resource', version: PROVIDER_VERSION }];
    await writeFile(join(folder, 'plugins'), JSON.stringify(right));
    expect(await findPulumi(folder, folder)).toEqual({ program: join(folder, 'pulumi') });
  });
});

describe('a stack’s life', () => {
  const seen: string[] = [];
  const live = () =>
    liveThrough({
      pulumi: pulumiOn({
        program: join(folder, 'pulumi'),
        project: folder,
        backend: `${folder}/state`,
        passphrase: 'words',
        kubeconfig: '/kubeconfig',
        inherit: {},
      }),
      project: folder,
      stack: 'trial',
      config: { livekit: { mode: 'own' } },
      secrets: { 'livekit.apiSecret': 'a-secret' },
      context: 'test',
      change: ['agent.maxCalls', '5'],
      after: {
        up: async (outputs) => void seen.push(await Promise.resolve(JSON.stringify(outputs))),
        change: async () => void seen.push(await Promise.resolve('changed')),
        destroy: async () => void seen.push(await Promise.resolve('destroyed')),
      },
    });
  beforeEach(() => seen.splice(0));

  it('goes through every command, asks nobody, and leaves no file', async () => {
    await live();
    const all = await asked();
    const short = all.map(({ args }) =>
      args
        .filter(
          (arg) => !/^(--yes|--skip-preview|--non-inter.*|--cwd|--stack|trial|\/.*)$/.test(arg),
        )
        .join(' '),
    );
    expect(short).toEqual([
      'stack init --secrets-provider passphrase',
      'config set --secret --path livekit.apiSecret a-secret',
      'preview',
      'up',
      'stack output --json',
      'preview --expect-no-changes',
      'config set --path agent.maxCalls 5',
      'up',
      'preview --expect-no-changes',
      'destroy',
      'stack rm',
    ]);
    expect(all.every(({ args }) => args.includes('--non-interactive'))).toBe(true);
    expect(all[0]?.env).toEqual({
      KUBECONFIG: '/kubeconfig',
      PULUMI_BACKEND_URL: `file://${folder}/state`,
      PULUMI_CONFIG_PASSPHRASE: 'words',
    });
    // The salt that init wrote stays; the configuration stands beside it.
    expect(all[2]?.config).toContain('encryptionsalt: v1:salt');
    expect(all[2]?.config).toContain('kubernetes:context: test');
    expect(all[2]?.config).toContain('patchbay:livekit:');
    expect(seen).toEqual(['{"numbers":["+12025550101 rings bank"]}', 'changed', 'destroyed']);
    expect(await readdir(folder)).not.toContain('Pulumi.trial.yaml');
  });

  it('ends with Pulumi’s words when a step fails, and destroys what is there', async () => {
    await writeFile(join(folder, 'fails'), 'up');
    await expect(live()).rejects.toThrow(/pulumi up failed:[^]*something is wrong/);
    const commands = (await asked()).map(({ args }) => args.slice(0, 2).join(' '));
    expect(commands.slice(-2)).toEqual(['destroy --yes', 'stack rm']);
    expect(await readdir(folder)).not.toContain('Pulumi.trial.yaml');
  });
});
