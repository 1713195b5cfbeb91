import { Counter, Gauge, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { exemplarHistogram, observeCall } from './exemplar.ts';
import { scrape } from './scrape.ts';

const CALL_ID = '0123456789abcdef8899aabbccddeeff';
const OPEN_METRICS =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';

function registryOfOneCall(): Registry {
  const registry = new Registry();
  new Counter({ name: 'patchbay_test_calls_total', help: 'calls', registers: [registry] }).inc(2);
  new Gauge({ name: 'patchbay_test_calls', help: 'calls now', registers: [registry] }).set(1);
  const seconds = exemplarHistogram(registry, {
    name: 'patchbay_test_answer_seconds',
    help: 'time',
    labelNames: ['door'],
    buckets: [0.5, 1],
  });
  observeCall(seconds, { callId: CALL_ID }, 0.75, { door: 'reach' });
  return registry;
}

const EXEMPLAR = new RegExp(
  `patchbay_test_answer_seconds_bucket\\{le="1",door="reach"\\} 1 # \\{trace_id="${CALL_ID}"\\} 0.75 `,
);

it('leads from a latency to its call where the scraper understands that', async () => {
  const { contentType, text } = await scrape(registryOfOneCall(), OPEN_METRICS);
  expect(contentType).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
  expect(text).toMatch(EXEMPLAR);
  expect(text).toContain('# TYPE patchbay_test_calls counter\npatchbay_test_calls_total 2');
  expect(text.endsWith('# EOF\n')).toBe(true);
});

it.each([undefined, '*/*', 'text/plain;version=0.0.4'])(
  'is plain text for a scraper that accepts %s',
  async (accept) => {
    const { contentType, text } = await scrape(registryOfOneCall(), accept);
    expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toContain('patchbay_test_calls_total 2');
    expect(text).toContain('patchbay_test_answer_seconds_bucket{le="1",door="reach"} 1\n');
    expect(text).not.toContain('trace_id');
    expect(text).not.toContain('# EOF');
  },
);

it('gives each of two scrapers at once what it wants, again and again', async () => {
  const registry = registryOfOneCall();
  for (let round = 0; round < 2; round++) {
    const [open, plain, more] = await Promise.all([
      scrape(registry, OPEN_METRICS),
      scrape(registry, 'text/plain'),
      scrape(registry, OPEN_METRICS),
    ]);
    expect(open.text).toMatch(EXEMPLAR);
    expect(more.text).toBe(open.text);
    expect(plain.text).toContain('# TYPE patchbay_test_calls_total counter');
    expect(plain.text).not.toContain('trace_id');
  }
  const names = (await registry.getMetricsAsJSON()).map(({ name }) => name);
  expect(names).toContain('patchbay_test_calls_total');
});

it('serves the others when one of its metrics fails in between', async () => {
  const registry = registryOfOneCall();
  let broken = true;
  new Gauge({
    name: 'patchbay_test_broken',
    help: 'breaks once',
    registers: [registry],
    collect() {
      if (broken) throw new Error('broken');
    },
  });
  await expect(scrape(registry, OPEN_METRICS)).rejects.toThrow('broken');
  broken = false;
  const { text } = await scrape(registry);
  expect(text).toContain('patchbay_test_calls_total 2');
});
