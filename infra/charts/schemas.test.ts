import { readFileSync } from 'node:fs';
import { format } from 'prettier';
import { expect, it } from 'vitest';
import { CHART_SCHEMAS } from './schema/charts.ts';
import { CHARTS, chartFolder } from './charts.ts';
import { valuesTable, withValuesTable } from './values-table.ts';

it('each chart has a schema', () => {
  expect(Object.keys(CHART_SCHEMAS).sort()).toEqual([...CHARTS].sort());
});

it.each(Object.entries(CHART_SCHEMAS))(
  'the schema in chart %s is the one the code writes (node infra/charts/write-schemas.ts)',
  (chart, schema) => {
    const file = readFileSync(`${chartFolder(chart)}/values.schema.json`, 'utf8');
    expect(JSON.parse(file)).toEqual(schema);
  },
);

it.each(CHARTS)('the README of chart %s has a table of its values as they are', async (chart) => {
  const readme = readFileSync(`${chartFolder(chart)}/README.md`, 'utf8');
  const values = readFileSync(`${chartFolder(chart)}/values.yaml`, 'utf8');
  const written = await format(withValuesTable(readme, values), { parser: 'markdown' });
  expect(readme).toBe(written);
});

it('a table of values has paths, defaults and the words above each', () => {
  const text = `# About the chart.

image:
  tag: ''
# How many.
replicas: 2
drain:
  # Seconds.
  limit: 60
list: [a, b]
`;
  expect(valuesTable(text).split('\n').slice(2)).toEqual([
    '| `image.tag` |  | Tag; a tag or a digest has to be given |',
    '| `replicas` | `2` | How many. |',
    '| `drain.limit` | `60` | Seconds. |',
    '| `list` | `["a","b"]` |  |',
  ]);
});
