import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { KWOK_STAGE_FOLDER } from './binaries.ts';

interface Stage {
  kind: string;
  metadata: { name: string };
  spec: { delay?: object };
}

/**
 * kwok's config: how its nodes and pods change. A deleted pod stays Terminating until its grace
 * period is over, as one that drains does; everything else happens at once.
 * @throws Error that says how to get the stages
 */
export async function kwokConfig(): Promise<string> {
  const stages = await readStages();
  return stages
    .map((stage) => (stage.metadata.name === 'pod-delete' ? afterGracePeriod(stage) : stage))
    .map((stage) => stringify(stage))
    .join('---\n');
}

/** deletionTimestamp is the moment of the deletion plus the grace period. */
function afterGracePeriod(stage: Stage): Stage {
  const delay = { durationFrom: { expressionFrom: '.metadata.deletionTimestamp' } };
  return { ...stage, spec: { ...stage.spec, delay } };
}

async function readStages(): Promise<Stage[]> {
  const names = await readdir(KWOK_STAGE_FOLDER, { recursive: true }).catch(() => []);
  const files = names.filter((name) => name.endsWith('.yaml')).sort();
  const documents = await Promise.all(
    files.map(
      async (file) => parse(await readFile(join(KWOK_STAGE_FOLDER, file), 'utf8')) as Stage,
    ),
  );
  const stages = documents.filter(({ kind }) => kind === 'Stage');
  if (stages.length === 0) throw new Error("kwok's stages are missing. Run: make kubernetes-tools");
  return stages;
}
