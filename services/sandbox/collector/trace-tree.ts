import type { StoredSpan } from './stored-span.ts';

interface Node {
  span: StoredSpan;
  children: Node[];
}

const NAME_WIDTH = 42;
const SERVICE_WIDTH = 9;
/** Said on the first line; the rest of it repeats them. */
const IN_THE_HEAD = ['patchbay.room', 'patchbay.callId', 'patchbay.door', 'sip.callId'];

/**
 * One call's spans as a tree in text: when each began after the first, how long it took, in which
 * process, and what is said of it. Spans whose parent never came stand at the end.
 */
export function printTrace(spans: readonly StoredSpan[]): string {
  const [first] = [...spans].sort(byStart);
  if (!first) return 'This trace has no spans.';
  const { roots, orphans } = treeOf(spans);
  const head = headOf(spans);
  const lines = [`trace ${first.traceId}`, ...head.map(([name, value]) => `${name} ${value}`)];
  lines.push(`${new Date(first.startMs).toISOString()}, ${spans.length} spans`, '');
  lines.push(
    `${'begins'.padStart(10)} ${'takes'.padStart(10)}  ${'in'.padEnd(SERVICE_WIDTH)}`.trimEnd(),
  );
  for (const root of roots) print(root, first.startMs, 0, lines);
  if (orphans.length > 0) {
    lines.push('', 'What these belong to has not been told (yet, or its process died):');
    for (const orphan of orphans) print(orphan, first.startMs, 0, lines);
  }
  return lines.join('\n');
}

function headOf(spans: readonly StoredSpan[]): [string, string][] {
  return IN_THE_HEAD.flatMap((name): [string, string][] => {
    const value = spans.find(({ attributes }) => attributes[name] !== undefined)?.attributes[name];
    return value === undefined ? [] : [[name.replace(/^patchbay\./, ''), String(value)]];
  });
}

function treeOf(spans: readonly StoredSpan[]): { roots: Node[]; orphans: Node[] } {
  const nodes = new Map<string, Node>();
  for (const span of [...spans].sort(byStart)) {
    if (!nodes.has(span.spanId)) nodes.set(span.spanId, { span, children: [] });
  }
  const roots: Node[] = [];
  const orphans: Node[] = [];
  for (const node of nodes.values()) {
    const { parentSpanId } = node.span;
    const parent = parentSpanId === undefined ? undefined : nodes.get(parentSpanId);
    if (parent) parent.children.push(node);
    else (parentSpanId === undefined ? roots : orphans).push(node);
  }
  return { roots, orphans };
}

function print({ span, children }: Node, sinceMs: number, depth: number, lines: string[]): void {
  const begins = `+${seconds(span.startMs - sinceMs)}`.padStart(10);
  const takes = duration(span.endMs - span.startMs).padStart(10);
  const name = `${'  '.repeat(depth)}${span.name}`.padEnd(NAME_WIDTH);
  const facts = factsOf(span);
  const error = span.error === undefined ? '' : `✗ ${span.error} `;
  const service = span.service.replace(/^patchbay-/, '').padEnd(SERVICE_WIDTH);
  lines.push(`${begins} ${takes}  ${service} ${name} ${error}${facts}`.trimEnd());
  for (const event of span.events) {
    const at = `+${seconds(event.atMs - sinceMs)}`.padStart(10);
    const said = Object.entries(event.attributes).map(([key, value]) => `${bare(key)}=${value}`);
    const title = `${'  '.repeat(depth + 1)}· ${event.name}`.padEnd(NAME_WIDTH);
    lines.push(`${at} ${''.padStart(10)}  ${service} ${title} ${said.join(' ')}`.trimEnd());
  }
  for (const child of children) print(child, sinceMs, depth + 1, lines);
}

function factsOf({ attributes }: StoredSpan): string {
  return Object.entries(attributes)
    .filter(([name]) => !IN_THE_HEAD.includes(name))
    .map(([name, value]) => `${bare(name)}=${value}`)
    .join(' ');
}

function bare(name: string): string {
  return name.replace(/^patchbay\./, '');
}

function byStart(a: StoredSpan, b: StoredSpan): number {
  return a.startMs - b.startMs || b.endMs - a.endMs;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`;
}

function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
