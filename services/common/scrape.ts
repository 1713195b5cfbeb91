import { Registry, type RegistryContentType } from 'prom-client';

/** Scrapes of a registry one after the other: for OpenMetrics, prom-client changes it meanwhile. */
const turns = new WeakMap<Registry, Promise<unknown>>();

export interface Scrape {
  contentType: string;
  text: string;
}

/**
 * All metrics in the format that the scraper asks for: OpenMetrics, which has exemplars, if its
 * `Accept` header names it; Prometheus's text otherwise.
 * @see https://prometheus.io/docs/instrumenting/content_negotiation/
 */
export function scrape(registry: Registry, accept = ''): Promise<Scrape> {
  const read = accept.includes('application/openmetrics-text') ? openMetrics : plainText;
  const before = turns.get(registry) ?? Promise.resolve();
  const now = before.then(() => read(registry));
  turns.set(
    registry,
    now.catch(() => undefined),
  );
  return now;
}

async function plainText(registry: Registry): Promise<Scrape> {
  return { contentType: registry.contentType, text: await registry.metrics() };
}

async function openMetrics(given: Registry): Promise<Scrape> {
  // The types know only one format for each registry.
  const registry: Registry<RegistryContentType> = given;
  const metrics: { name: string }[] = registry.getMetricsAsArray();
  const names = metrics.map(({ name }) => name);
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  try {
    const text = await registry.metrics();
    return { contentType: Registry.OPENMETRICS_CONTENT_TYPE, text };
  } finally {
    registry.setContentType(Registry.PROMETHEUS_CONTENT_TYPE);
    // It takes `_total` off the counters' names and does not put it back.
    metrics.forEach((metric, index) => (metric.name = names[index] ?? metric.name));
  }
}
