import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closeServer, listen } from '@patchbay/common/ops-server';
import { findBinary } from '@patchbay/sandbox/stack/binaries';
import { startChild, type Child } from '@patchbay/sandbox/stack/child';
import { freePorts } from '@patchbay/sandbox/stack/free-ports';
import { startLiveKit, type LiveKit } from '@patchbay/sandbox/stack/livekit-server';
import { RoomServiceClient } from 'livekit-server-sdk';
import { chromium, type Browser } from 'playwright-core';
import { build } from 'vite';

const WEB = fileURLToPath(new URL('..', import.meta.url));
const API_MAIN = fileURLToPath(new URL('../../api/main.ts', import.meta.url));
const LOOK_EVERY_MS = 30;

/** What the page needs around it: the API in its own process, the real LiveKit, a browser. */
export interface PageStack {
  readonly url: string;
  readonly livekit: LiveKit;
  readonly browser: Browser;
  /** What the agents' catalogue says from now on. */
  setCapacity(active: number, max: number): void;
  /** Lines the API printed. */
  readonly apiLines: readonly string[];
  /** The name of a web room that none of the rooms before had. */
  nextRoom(): Promise<string>;
  stopApi(): Promise<void>;
  close(): Promise<void>;
}

export async function startPageStack(env: Record<string, string> = {}): Promise<PageStack> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-page-'));
  const closers: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const step of closers.reverse()) await step();
  };
  try {
    const dist = join(folder, 'dist');
    await build({
      configFile: join(WEB, 'vite.config.ts'),
      root: WEB,
      logLevel: 'error',
      build: { outDir: dist },
    });
    const capacity = { active: 0, max: 10 };
    const catalog = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          agents: [
            {
              name: 'bank',
              title: 'Bank',
              description: 'Your balance, recent payments, and blocking a lost card.',
              language: 'en-US',
            },
            {
              name: 'support',
              title: 'Support',
              description: 'Is something down? Ask about the state of our services.',
              language: 'en-US',
            },
          ],
          capacity,
        }),
      );
    });
    const catalogPort = await listen(catalog, 0, '127.0.0.1');
    closers.push(() => closeServer(catalog));
    const [apiPort = 0] = await freePorts(1);
    const livekit = await startLiveKit({
      webhookUrls: [`http://127.0.0.1:${apiPort}/livekit/webhook`],
    });
    closers.push(() => livekit.close());
    const apiLines: string[] = [];
    const api = await startApi(folder, apiLines, {
      LIVEKIT_URL: livekit.url,
      LIVEKIT_API_KEY: livekit.apiKey,
      LIVEKIT_API_SECRET: livekit.apiSecret,
      API_PORT: String(apiPort),
      API_SESSION_SECRET: 'only-for-tests-of-the-page-0123456789',
      API_RATE_LIMIT_PER_MINUTE: '1000',
      AGENT_CATALOG_URL: `http://127.0.0.1:${catalogPort}/agents`,
      AGENT_CATALOG_REFRESH_MS: '100',
      WEB_DIST: dist,
      ...env,
    });
    closers.push(() => api.close());
    const browser = await chromium.launch({
      executablePath: await findBinary('chromium'),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--use-fake-device-for-media-stream',
      ],
    });
    closers.push(() => browser.close());
    const rooms = new RoomServiceClient(livekit.httpUrl, livekit.apiKey, livekit.apiSecret);
    const seen = new Set<string>();
    return {
      url: `http://127.0.0.1:${apiPort}`,
      livekit,
      browser,
      apiLines,
      setCapacity: (active, max) => void Object.assign(capacity, { active, max }),
      nextRoom: async () => {
        for (;;) {
          const fresh = (await rooms.listRooms()).find((room) => !seen.has(room.name));
          if (fresh) {
            seen.add(fresh.name);
            return fresh.name;
          }
          await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
        }
      },
      stopApi: () => api.close(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function startApi(folder: string, lines: string[], env: Record<string, string>): Promise<Child> {
  return startChild({
    name: 'api',
    command: process.execPath,
    args: [API_MAIN],
    env,
    logFile: join(folder, 'api.log'),
    isReady: (line) => line.includes('"listening"'),
    readyTimeoutMs: 30_000,
    onLine: (line) => lines.push(line),
  });
}
