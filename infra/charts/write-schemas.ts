// Writes charts/*/values.schema.json and the tables of values in charts/*/README.md. Run it after a
// change of infra/charts/schema/ or of a values.yaml:
//   node infra/charts/write-schemas.ts && npx prettier --write charts
import { readFileSync, writeFileSync } from 'node:fs';
import { chartFolder } from './charts.ts';
import { CHART_SCHEMAS, schemaText } from './schema/charts.ts';
import { withValuesTable } from './values-table.ts';

for (const [chart, schema] of Object.entries(CHART_SCHEMAS)) {
  const folder = chartFolder(chart);
  const readme = readFileSync(`${folder}/README.md`, 'utf8');
  writeFileSync(`${folder}/values.schema.json`, schemaText(schema));
  const values = readFileSync(`${folder}/values.yaml`, 'utf8');
  writeFileSync(`${folder}/README.md`, withValuesTable(readme, values));
  process.stdout.write(`charts/${chart}\n`);
}
