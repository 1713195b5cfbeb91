import { join } from 'node:path';
import { DOORS } from '@patchbay/common/room-contract';
import { format, resolveConfig } from 'prettier';
import { stringify } from 'yaml';
import { budgetPage } from './budget-page.ts';
import { callRecordPage } from './call-record-page.ts';
import { DASHBOARDS } from './dashboards/all.ts';
import { k6File } from './k6-thresholds.ts';
import { ruleFile } from './rules/groups.ts';

const REPOSITORY = join(import.meta.dirname, '../..');

/** What to run when a file is stale. */
export const GENERATE_COMMAND = 'make monitoring';

export const RULE_FILE = 'charts/monitoring/files/rules.yaml';
export const DASHBOARD_FOLDER = 'charts/monitoring/files/dashboards';

export interface GeneratedFile {
  /** From the top of the repository. */
  path: string;
  text: string;
}

/** Every file that is made from the budget, the rules, the dashboards and the call record, in the standard format. */
export function generatedFiles(): Promise<GeneratedFile[]> {
  const rules = stringify(ruleFile(), { lineWidth: 0 });
  const files: GeneratedFile[] = [
    { path: RULE_FILE, text: `# Made by infra/monitoring/generate.ts. Change it there.\n${rules}` },
    { path: 'docs/budget.md', text: budgetPage() },
    { path: 'docs/call-record.md', text: callRecordPage() },
    { path: 'loadtests/budget.ts', text: k6File(DOORS) },
    ...DASHBOARDS.map(({ uid, ...dashboard }) => ({
      path: `${DASHBOARD_FOLDER}/${uid}.json`,
      text: JSON.stringify({ uid, ...dashboard }),
    })),
  ];
  return Promise.all(files.map(inStandardFormat));
}

/** Where a generated file is on this machine. */
export function absolutePath(path: string): string {
  return join(REPOSITORY, path);
}

async function inStandardFormat({ path, text }: GeneratedFile): Promise<GeneratedFile> {
  const filepath = absolutePath(path);
  const options = await resolveConfig(filepath);
  return { path, text: await format(text, { ...options, filepath }) };
}
