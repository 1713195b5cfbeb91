import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CHART_SCHEMAS } from './schema/charts.ts';
import { CHARTS, chartFolder } from './charts.ts';

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
