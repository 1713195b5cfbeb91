import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentRegistryError, loadAgents } from './agent-registry.ts';

const GOOD = {
  name: 'good',
  title: 'Good',
  description: 'Works.',
  language: 'en-US',
  instructions: 'Be good.',
  greeting: 'Hello.',
  goodbye: 'Bye.',
  providers: { stt: ['deepgram'], llm: ['openai'], tts: ['cartesia'] },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-agents-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(file: string, definition: object, tools = '() => []'): Promise<void> {
  const body = JSON.stringify(definition);
  await writeFile(join(folder, file), `export const agent = { ...${body}, tools: ${tools} };\n`);
}

async function faults(): Promise<readonly string[]> {
  const error: unknown = await loadAgents(folder).catch((reason: unknown) => reason);
  if (error instanceof AgentRegistryError) return error.faults;
  throw new Error('the agents were loaded');
}

describe('the agents of this service', () => {
  it('can all be used, each with its greeting', async () => {
    const agents = await loadAgents();
    expect([...agents.keys()]).toEqual(expect.arrayContaining(['bank', 'concierge', 'support']));
    expect(agents.get('bank')?.greeting).toBe('Welcome to the bank. How can I help you?');
    expect(agents.get('support')?.greeting).toBe('This is the support desk. How can I help you?');
  });
});

describe('an agent file', () => {
  it('is read in the order of names, which callers see', async () => {
    for (const name of ['good-twin', 'good', 'better']) {
      await write(`${name}.ts`, { ...GOOD, name });
    }
    expect([...(await loadAgents(folder)).keys()]).toEqual(['better', 'good', 'good-twin']);
  });

  it('is known by its file name', async () => {
    await write('good.mjs', GOOD);
    expect([...(await loadAgents(folder)).keys()]).toEqual(['good']);
  });

  it.each([
    ['another name', { name: 'other' }, /^good\.mjs: name: must be "good".*got "other"/],
    ['an empty greeting', { greeting: ' ' }, /^good\.mjs: greeting: must not be empty/],
    ['a wrong language', { language: 'English' }, /^good\.mjs: language: must be a BCP 47 tag/],
    [
      'a provider nobody knows',
      { providers: { ...GOOD.providers, stt: ['acme'] } },
      /^good\.mjs: providers\.stt\.0: must be one of: deepgram/,
    ],
    [
      'no provider for a stage',
      { providers: { ...GOOD.providers, tts: [] } },
      /^good\.mjs: providers\.tts: must name at least one/,
    ],
    [
      'someone to connect to who does not exist',
      { connectsTo: { nobody: 'nothing' } },
      /^good\.mjs: connectsTo\.nobody: there is no agent/,
    ],
    ['a misspelt field', { greting: 'Hi.' }, /^good\.mjs: agent: .*greting/],
  ])('with %s is refused, naming file and field', async (_what, change, expected) => {
    await write('good.mjs', { ...GOOD, ...change });
    expect(await faults()).toEqual([expect.stringMatching(expected)]);
  });

  it('whose tools are no function is refused', async () => {
    await write('good.mjs', GOOD, '[]');
    expect(await faults()).toEqual([expect.stringMatching(/tools: must be a function/)]);
  });

  it('without an agent, or that can not be loaded, is refused', async () => {
    await writeFile(join(folder, 'empty.mjs'), 'export const other = 1;\n');
    await writeFile(join(folder, 'broken.mjs'), 'throw new Error("no luck");\n');
    expect(await faults()).toEqual([
      expect.stringMatching(/^broken\.mjs: can't be loaded: Error: no luck/),
      expect.stringMatching(/^empty\.mjs: agent: must be exported/),
    ]);
  });

  it('does not hide the faults of another', async () => {
    await write('good.mjs', { ...GOOD, title: '', greeting: '' });
    await write('second.mjs', { ...GOOD, name: 'second', goodbye: '' });
    expect(await faults()).toHaveLength(3);
  });
});

it('a folder without agents is refused', async () => {
  expect(await faults()).toEqual([expect.stringMatching(/has no agent files/)]);
});
