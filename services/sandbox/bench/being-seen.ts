import { silentLogger } from '@patchbay/common/logger';
import { SpanFile } from '../collector/span-file.ts';
import { startCollector } from '../collector/start-collector.ts';
import { tracesEnv, type ServiceEnv } from '../stack/service-env.ts';

const SCRAPE_MS = 2_000;

/** Somebody who takes a process's traces and scrapes its metrics, exemplars included. */
export interface Onlooker {
  /** What the process has to be told. */
  env: ServiceEnv;
  /** Begin to scrape. */
  scrape(opsUrl: string): void;
  close(): Promise<void>;
}

/** @param runDir where the traces are kept */
export async function startOnlooker(runDir: string): Promise<Onlooker> {
  const file = new SpanFile(runDir);
  const collector = await startCollector({ port: 0, file, log: silentLogger() });
  let timer: NodeJS.Timeout | undefined;
  return {
    env: tracesEnv(collector.port),
    scrape: (opsUrl) => {
      const headers = { accept: 'application/openmetrics-text' };
      timer = setInterval(() => {
        // One scrape that fails is one that is missing.
        fetch(`${opsUrl}/metrics`, { headers })
          .then((response) => response.text())
          .catch(() => undefined);
      }, SCRAPE_MS);
    },
    close: () => {
      clearInterval(timer);
      return collector.close();
    },
  };
}
