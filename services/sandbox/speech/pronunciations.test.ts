import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pronunciationsOf } from './pronunciations.ts';

let directory: string;
let dictionary: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'patchbay-test-'));
  dictionary = join(directory, 'words.dict');
  await writeFile(
    dictionary,
    "a AH\na(2) EY\ncard K AA R D\ncardinal K AA R D AH N AH L\ngoodbye G UH D B AY\nit's IH T S\n",
  );
});
afterEach(() => rm(directory, { recursive: true }));

test('only the wanted words are taken, with every way to say them', async () => {
  expect(await pronunciationsOf(['a', 'card', "it's"], dictionary)).toBe(
    "a AH\na(2) EY\ncard K AA R D\nit's IH T S\n",
  );
});

test("the synthesiser's own ways to say a word come after the dictionary's, none twice", async () => {
  expect(await pronunciationsOf(['goodbye'], dictionary)).toBe(
    'goodbye G UH D B AY\ngoodbye(2) G UH B AY\ngoodbye(3) G UH D B AA IY\n',
  );
});

test('words that nobody can pronounce are named', async () => {
  await expect(pronunciationsOf(['card', 'xyzzy', 'plugh'], dictionary)).rejects.toThrow(
    'no pronunciation is known for: xyzzy, plugh',
  );
});
