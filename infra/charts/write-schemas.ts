// Writes charts/*/values.schema.json. Run it after a change of infra/charts/schema/:
//   node infra/charts/write-schemas.ts && npx prettier --write 'charts/*/values.schema.json'
import { writeFileSync } from 'node:fs';
import { CHART_SCHEMAS, schemaText } from './schema/charts.ts';

for (const [chart, schema] of Object.entries(CHART_SCHEMAS)) {
  const file = new URL(`../../charts/${chart}/values.schema.json`, import.meta.url);
  writeFileSync(file, schemaText(schema));
  process.stdout.write(`charts/${chart}/values.schema.json\n`);
}
