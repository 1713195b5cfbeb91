import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The part of vitest's JSON report that is added up here. */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
}

const folder = join(import.meta.dirname, '../.run/test');
const total = { passed: 0, failed: 0, skipped: 0 };
for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
  const report = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Report;
  total.passed += report.numPassedTests;
  total.failed += report.numFailedTests;
  total.skipped += report.numPendingTests;
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
