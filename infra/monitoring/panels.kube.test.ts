import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { panelQueries, withoutVariables } from './panel-queries.ts';
import { promtool } from './promtool.ts';

it('every expression of every panel is PromQL', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-panels-'));
  try {
    // promtool checks expressions as parts of rules.
    const file = join(folder, 'panels.yaml');
    const rules = panelQueries().map(({ where, expr }, index) => ({
      record: `panel:${index}`,
      labels: { where },
      expr: withoutVariables(expr, '1m'),
    }));
    expect(rules.length).toBeGreaterThan(100);
    await writeFile(file, stringify({ groups: [{ name: 'panels', rules }] }));
    const { status, said } = await promtool(['check', 'rules', file]);
    expect(status, said).toBe(0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
