import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { sandboxEnvironment } from '../config.ts';

/** Where `make setup` puts the programs it builds. */
export const BUILT_BINARIES = join(import.meta.dirname, '../../../.cache/bin');

/**
 * Find a program on PATH or among those `make setup` built.
 * @throws Error that says how to get it
 */
export async function findBinary(name: string): Promise<string> {
  const folders = [...(sandboxEnvironment().PATH ?? '').split(delimiter), BUILT_BINARIES];
  for (const folder of folders) {
    if (folder === '') continue;
    const path = join(folder, name);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // Not here; look in the next folder.
    }
  }
  throw new Error(`${name} is neither on PATH nor built yet. Run: make setup`);
}
