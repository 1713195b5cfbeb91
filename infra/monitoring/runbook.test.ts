import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { absolutePath } from './generated-files.ts';
import { ALERTS, runbookAnchor } from './rules/groups.ts';

const runbook = readFileSync(absolutePath('docs/runbook.md'), 'utf8');
const sections = runbook.split(/^## /m).slice(1);
const titles = sections.map((section) => section.split('\n', 1)[0] ?? '');
const alerts = ALERTS.map(({ alert }) => alert);

it('no two alerts have one name', () => {
  expect(new Set(alerts).size).toBe(alerts.length);
});

it('every alert has its section, and every section its alert', () => {
  expect([...titles].sort()).toEqual([...alerts].sort());
});

it.each(sections)(
  'a section says what it means, where to look first, and what to do: %s',
  (section) => {
    for (const part of ['Meaning.', 'First look.', 'Fix.'])
      expect(section).toContain(`**${part}**`);
  },
);

it('links between sections lead somewhere', () => {
  const anchors = alerts.map(runbookAnchor);
  for (const [, anchor] of runbook.matchAll(/\(#([^)]+)\)/g)) expect(anchors).toContain(anchor);
});
