import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { loadBaseline } from './runner/baseline.ts';
import { onceMoreIfMisheard } from './runner/once-more.ts';
import { readOptions, scriptList, UsageError, type RunOptions } from './runner/options.ts';
import { reportHtml } from './runner/html/page.ts';
import { reportText } from './runner/report-text.ts';
import { runLoad, TargetError } from './runner/run-load.ts';

const ROOT = join(import.meta.dirname, '..');

if (process.argv.includes('--list')) {
  console.log(scriptList());
  process.exit();
}
try {
  process.exitCode = await main(readOptions(process.argv.slice(2), process.env));
} catch (error) {
  if (!(error instanceof UsageError) && !(error instanceof TargetError)) throw error;
  console.error(`✗ ${error.message}`);
  process.exitCode = 2;
}

async function main(options: RunOptions): Promise<number> {
  const baseline =
    options.baselineFile === undefined ? undefined : await loadBaseline(options.baselineFile);
  const runDir = join(ROOT, '.run', `load-${options.name}`);
  const early = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (early.signal.aborted) process.exit(130);
      console.log('\nEnding early; the report still comes. Once more ends at once.');
      early.abort(signal);
    });
  }
  const context = { runDir, print: console.log, signal: early.signal };
  const report = await onceMoreIfMisheard(() => runLoad(options, context), console.log);
  const jsonFile = options.jsonFile ?? join(runDir, 'report.json');
  const htmlFile = options.htmlFile ?? join(runDir, 'report.html');
  await writeFile(jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(htmlFile, reportHtml(report, baseline));
  console.log(`\n${reportText(report)}\n`);
  console.log(
    `  Report: ${relative(process.cwd(), htmlFile)}   Figures: ${relative(process.cwd(), jsonFile)}`,
  );
  return report.ok ? 0 : 1;
}
