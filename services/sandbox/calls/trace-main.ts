import { parseArgs } from 'node:util';
import { findTrace, latestCalls } from '../collector/find-trace.ts';
import { SPAN_FILE, SpanFile } from '../collector/span-file.ts';
import { printTrace } from '../collector/trace-tree.ts';
import { callList } from './call-list.ts';
import { runsWith } from './run-folders.ts';

/** `make trace CALL=<id>`: the tree of a call of the local stack. */

const MOST_LISTED = 10;

const { positionals } = parseArgs({ allowPositionals: true });
const wanted = positionals[0]?.trim() ?? '';
const runs = runsWith((file) => file === SPAN_FILE);
const spans = runs.flatMap((run) => new SpanFile(run).read());
const found = wanted === '' ? [] : findTrace(spans, wanted);
if (found.length > 0) console.log(printTrace(found));
else {
  const why = wanted === '' ? 'Say which call: make trace CALL=<id>' : `No trace of ${wanted}.`;
  console.error(`${why}\n${callList('trace', latestCalls(spans, MOST_LISTED))}`);
  process.exitCode = 1;
}
