import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { SpeechEngineError } from './engine-process.ts';
import type { Grammar } from './grammar.ts';
import { HINDI_SOUNDS } from './hindi-pronunciations.ts';
import { EXTRA_PRONUNCIATIONS, pronunciationsOf } from './pronunciations.ts';

/** Where Debian's pocketsphinx-en-us puts the model. */
const MODEL_DIRECTORY = '/usr/share/pocketsphinx/model/en-us';
export const ACOUSTIC_MODEL = join(MODEL_DIRECTORY, 'en-us');
const DICTIONARY = join(MODEL_DIRECTORY, 'cmudict-en-us.dict');

export interface GrammarFiles {
  jsgf: string;
  dictionary: string;
}

const known = new Map<string, Promise<GrammarFiles>>();

/**
 * The files from which the recogniser reads a grammar. They are named after their content in a
 * directory of this user's under the system's temporary one, so that nothing has to be tidied up and
 * the next process finds them ready.
 *
 * @throws {SpeechEngineError} the model is not installed, or a word has no pronunciation
 */
export function grammarFiles(grammar: Grammar): Promise<GrammarFiles> {
  const found = known.get(grammar.jsgf);
  if (found) return found;
  const making = findOrWrite(grammar);
  known.set(grammar.jsgf, making);
  // A failure (model not installed yet) is not remembered.
  making.catch(() => known.delete(grammar.jsgf));
  return making;
}

async function findOrWrite(grammar: Grammar): Promise<GrammarFiles> {
  if (!(await exists(ACOUSTIC_MODEL))) {
    throw new SpeechEngineError(
      `pocketsphinx's US English model is missing (${ACOUSTIC_MODEL}): ` +
        'install the Debian package pocketsphinx-en-us',
    );
  }
  const content = JSON.stringify([grammar.jsgf, EXTRA_PRONUNCIATIONS, HINDI_SOUNDS]);
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 16);
  const base = join(await ownDirectory(), `${grammar.name}-${digest}`);
  const files = { jsgf: `${base}.jsgf`, dictionary: `${base}.dict` };
  // The dictionary is written last, so where it is the grammar is too.
  if (await exists(files.dictionary)) return files;
  const dictionary = await pronunciationsOf(grammar.words, DICTIONARY);
  await writeWhole(files.jsgf, grammar.jsgf);
  await writeWhole(files.dictionary, dictionary);
  return files;
}

async function ownDirectory(): Promise<string> {
  const { uid } = userInfo();
  const directory = join(tmpdir(), `patchbay-speech-${uid}`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const owner = (await stat(directory)).uid;
  if (owner === uid) return directory;
  throw new SpeechEngineError(`${directory} belongs to user ${owner}, not to ${uid}: remove it`);
}

/** Several processes may write the same file at once; each reader sees a whole one. */
async function writeWhole(path: string, content: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, content);
  await rename(draft, path);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
