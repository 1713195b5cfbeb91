import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { absolutePath, RULE_FILE } from './generated-files.ts';
import { promtool } from './promtool.ts';
import { ALERTS } from './rules/groups.ts';
import { ALERT_CASES, promtoolTest } from './rules/promtool-tests.ts';

const rules = absolutePath(RULE_FILE);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-rules-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('Prometheus takes the rules', async () => {
  const { status, said } = await promtool(['check', 'rules', rules]);
  expect(said).toContain('SUCCESS');
  expect(status, said).toBe(0);
});

it('every alert has a case in which it fires and one in which it does not', () => {
  expect(Object.keys(ALERT_CASES).sort()).toEqual(ALERTS.map(({ alert }) => alert).sort());
});

describe.each(Object.keys(ALERT_CASES))('the alert %s', (alert) => {
  it.each(['fires', 'quiet'] as const)('%s when it should', async (which) => {
    const file = join(folder, `${alert}-${which}.yaml`);
    const ruleFile = join(folder, `${alert}-rules.yaml`);
    const tested = promtoolTest(alert, which, ruleFile);
    await writeFile(ruleFile, stringify(tested.rules));
    await writeFile(file, stringify(tested.test));
    const { status, said } = await promtool(['test', 'rules', file]);
    expect(status, said).toBe(0);
  });
});
