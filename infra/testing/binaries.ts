import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';

const CACHE = join(import.meta.dirname, '../../.cache');

/** Where `make kubernetes-tools` puts custom resource definitions, as YAML files. */
export const CRD_FOLDER = join(CACHE, 'share/crds');

/** Where `make kubernetes-tools` puts kwok's stages, as YAML files in folders. */
export const KWOK_STAGE_FOLDER = join(CACHE, 'share/kwok');

/**
 * Path of a program of the pinned version. PATH is not looked at: what is there may be another
 * version, and the setup scripts have linked it if it is the right one.
 * @throws Error that says how to get it
 */
export async function toolPath(name: string): Promise<string> {
  const path = join(CACHE, 'bin', name);
  try {
    await access(path, constants.X_OK);
    return path;
  } catch {
    throw new Error(`${name} is not built yet. Run: make kubernetes-tools`);
  }
}
