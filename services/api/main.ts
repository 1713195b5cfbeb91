import { createServer } from 'node:http';
import { ConfigError } from '@patchbay/common/env-config';
import { Health } from '@patchbay/common/health';
import { createLogger } from '@patchbay/common/logger';
import { listen, startOpsServer } from '@patchbay/common/ops-server';
import { createRecordWriter } from '@patchbay/common/record-sink';
import { Closers, runUntilSignal } from '@patchbay/common/shutdown';
import { startTracer } from '@patchbay/common/tracing/start-tracer';
import { parseRoomName } from '@patchbay/common/room-contract';
import { Registry } from 'prom-client';
import { Admission } from './admission.ts';
import { AgentDirectory } from '@patchbay/common/agent-directory';
import { createApp } from './app.ts';
import { traceCall } from './call-trace.ts';
import { Attendant } from './attendant.ts';
import { loadApiConfig, type ApiConfig } from './config.ts';
import { finishServer } from './finish-server.ts';
import { LiveKitDesk } from './livekit/desk.ts';
import { RoomEventReader } from './livekit/events.ts';
import { LiveKitProbe } from './livekit/probe.ts';
import { LiveKitRoomList } from './livekit/room-list.ts';
import { ApiMetrics } from './metrics.ts';
import { CallDesk } from './outbound/call-desk.ts';
import { openLines } from './outbound/lines.ts';
import { RoomSweeper } from './room-sweeper.ts';
import { Sessions } from './session.ts';
import { WebCallRecords } from './web-call-records.ts';

const PROBE_INTERVAL_MS = 2_000;

async function start(config: ApiConfig): Promise<void> {
  const log = createLogger({
    service: 'api',
    level: config.LOG_LEVEL,
    personalData: config.LOG_PERSONAL_DATA === 'yes',
  });
  const closers = new Closers(log);
  const health = new Health(['livekit', 'agents']);
  const registry = new Registry();
  const metrics = new ApiMetrics(registry);
  const livekit = { apiKey: config.LIVEKIT_API_KEY, apiSecret: config.LIVEKIT_API_SECRET };
  runUntilSignal(closers, log);

  const admission = new Admission({
    maxCallsPerCaller: config.API_MAX_CALLS_PER_CALLER,
    staleMs: config.AGENT_CATALOG_STALE_MS,
  });
  const agents = new AgentDirectory({
    url: config.AGENT_CATALOG_URL,
    refreshMs: config.AGENT_CATALOG_REFRESH_MS,
    log,
    // Once known, a catalogue that does not answer makes the tokens wait, not the page.
    onAttempt: (ok) => {
      if (ok) health.set('agents', true);
    },
  });
  metrics.gauge(
    registry,
    'patchbay_api_open_calls',
    'Web calls admitted and not known to be over',
    () => admission.open,
  );
  metrics.gauge(
    registry,
    'patchbay_api_catalog_age_seconds',
    'Age of the agents’ last answer; -1 before the first one',
    () => {
      const snapshot = agents.current();
      return snapshot ? (Date.now() - snapshot.askedAtMs) / 1000 : -1;
    },
  );
  const probe = new LiveKitProbe({
    url: config.LIVEKIT_URL,
    ...livekit,
    intervalMs: PROBE_INTERVAL_MS,
    log,
    onState: (reachable) => health.set('livekit', reachable),
  });
  const tracer = await startTracer({ service: 'api', config, log });
  closers.add('tracer', () => tracer.close());
  const writer = createRecordWriter({
    line: (line) => process.stdout.write(line),
    url: config.CALL_RECORD_URL,
    log,
  });
  closers.add('call records', () => writer.close());
  const records = new WebCallRecords({
    write: (record) => {
      if (record.door === 'web') metrics.webCall(record.result);
      const { answeredMs: joinedMs, agentReadyMs } = record.at;
      if (record.door === 'web' && joinedMs !== undefined && agentReadyMs !== undefined) {
        metrics.agentReady(Math.max(0, agentReadyMs - joinedMs) / 1_000, record.callId);
      }
      writer.write(record);
      traceCall(tracer, record);
    },
    onJoined: (callId) => admission.joined(callId),
    onServed: (callId) => admission.served(callId),
    onEnded: (callId) => admission.ended(callId),
  });
  const desk = new CallDesk({
    lines: openLines({
      vias: config.API_OUTBOUND,
      bridgeKey: config.API_BRIDGE_CONTROL_KEY,
      livekit: { url: config.LIVEKIT_URL, ...livekit },
      log,
    }),
    admission,
    agents,
    maxCalls: config.API_MAX_OUTBOUND_CALLS,
    secret: config.API_SESSION_SECRET,
    log,
  });
  const attendant = new Attendant({
    desk: new LiveKitDesk({ url: config.LIVEKIT_URL, ...livekit }),
    log,
    count: (act) => metrics.attended(act),
  });
  const sweeper = new RoomSweeper({
    list: new LiveKitRoomList({ url: config.LIVEKIT_URL, ...livekit }),
    log,
    swept: () => metrics.roomSwept(),
  });
  const app = createApp({
    log,
    health,
    metrics,
    tracer,
    admission,
    agents,
    issuer: { ...livekit, ttlSeconds: config.API_TOKEN_TTL_SECONDS },
    sessions: new Sessions({
      secret: config.API_SESSION_SECRET,
      ttlSeconds: config.API_SESSION_TTL_SECONDS,
    }),
    accessKeys: config.API_ACCESS_KEYS,
    rateLimits: {
      perAddress: config.API_RATE_LIMIT_PER_MINUTE,
      perKey: config.API_RATE_LIMIT_PER_KEY,
    },
    trustProxy: config.API_TRUST_PROXY,
    publicLiveKitUrl: (config.PUBLIC_LIVEKIT_URL ?? config.LIVEKIT_URL).replace(/^http/, 'ws'),
    webDist: config.WEB_DIST,
    events: new RoomEventReader(livekit.apiKey, livekit.apiSecret),
    desk,
    ordersPerMinute: config.API_OUTBOUND_PER_MINUTE,
    onRoomEvent: (event) => {
      records.handle(event);
      const room = parseRoomName(event.room?.name ?? '');
      if (room && event.event === 'room_finished') desk.ended(room.callId);
      attendant.handle(event);
      sweeper.handle(event);
    },
  });

  const ops = await startOpsServer({
    host: config.OPS_HOST,
    port: config.OPS_PORT,
    health,
    registry,
  });
  closers.add('ops server', () => ops.close());
  const server = createServer(app);
  const apiPort = await listen(server, config.API_PORT, config.API_HOST);
  closers.add('attendant', () => attendant.close());
  closers.add('room sweeper', () => sweeper.close());
  closers.add('calls out', () => desk.close());
  closers.add('api server', () => finishServer(server));
  probe.start();
  closers.add('livekit probe', () => probe.close());
  agents.start();
  closers.add('agent directory', () => agents.close());
  closers.add('draining', () => health.drain());
  log.info({ apiPort, opsPort: ops.port }, 'listening');
}

try {
  await start(loadApiConfig(process.env));
} catch (error) {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : `api can't start: ${String(error)}`}\n`,
  );
  process.exit(error instanceof ConfigError ? 2 : 1);
}
