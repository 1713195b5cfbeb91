// Writes everything that is made from the budget, the rules and the dashboards: make monitoring
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { absolutePath, generatedFiles } from './generated-files.ts';

for (const { path, text } of await generatedFiles()) {
  const file = absolutePath(path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  process.stdout.write(`${path}\n`);
}
