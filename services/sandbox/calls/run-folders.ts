import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Where the local stack keeps what its runs leave, one folder each. */
export const RUN_FOLDER = join(import.meta.dirname, '../../../.run');

/** Folders of runs that hold a file of such a name, the latest first. */
export function runsWith(fits: (file: string) => boolean, folder = RUN_FOLDER): string[] {
  return folders(folder)
    .map((run) => ({ run, atMs: latest(run, fits) }))
    .filter(({ atMs }) => atMs > 0)
    .sort((a, b) => b.atMs - a.atMs)
    .map(({ run }) => run);
}

function folders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}

function latest(run: string, fits: (file: string) => boolean): number {
  const times = readdirSync(run)
    .filter(fits)
    .map((name) => statSync(join(run, name)).mtimeMs);
  return Math.max(0, ...times);
}
