import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@patchbay/common/logger';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AgentLibrary } from './agent-library.ts';

const log = silentLogger();
let folder: string;
let writes = 0;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-agents-'));
  await write('desk', 'Hello.');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, greeting: string): Promise<void> {
  const agent = {
    name,
    title: 'Desk',
    description: 'Answers.',
    language: 'en-US',
    instructions: 'Answer.',
    greeting,
    goodbye: 'Bye.',
  };
  const path = join(folder, `${name}.mjs`);
  await writeFile(path, `export const agent = { ...${JSON.stringify(agent)}, tools: () => [] };\n`);
  // Each write has a time of its own, however coarse the file system's are.
  const time = new Date(Date.now() + 1_000 * ++writes);
  await utimes(path, time, time);
}

it('reads again what has changed, and what is new', async () => {
  const library = await AgentLibrary.open(folder);
  expect(await library.refresh(log)).toBe(false);
  await write('desk', 'Good day.');
  await write('second', 'Hi.');
  const before = library.agents;
  expect(await library.refresh(log)).toBe(true);
  expect(library.agents.get('desk')?.greeting).toBe('Good day.');
  expect([...library.agents.keys()]).toEqual(['desk', 'second']);
  // A call that has begun goes on with what it has.
  expect(before.get('desk')?.greeting).toBe('Hello.');
});

it('keeps the old agents while a file has a fault', async () => {
  const library = await AgentLibrary.open(folder);
  await write('desk', '');
  expect(await library.refresh(log)).toBe(false);
  expect(library.agents.get('desk')?.greeting).toBe('Hello.');
  await write('desk', 'Better.');
  expect(await library.refresh(log)).toBe(true);
  expect(library.agents.get('desk')?.greeting).toBe('Better.');
});
