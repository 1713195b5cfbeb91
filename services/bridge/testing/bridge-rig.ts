import { setTimeout as delay } from 'node:timers/promises';
import { RoomServiceClient } from 'livekit-server-sdk';
import { expect, vi } from 'vitest';
import { callRecordSchema, type CallRecord } from '@patchbay/common/call-record';
import { createLogger, silentLogger } from '@patchbay/common/logger';
import type { SipTimers } from '../../sandbox/sip/timers.ts';
import { startSipEdge, type SipEdge } from '../../sandbox/sip-edge/edge.ts';
import { loadBridgeConfig } from '../config.ts';
import type { LiveKitKeys } from '../room/admin.ts';
import { startBridge, type Bridge } from '../server.ts';
import { lowPort } from './low-port.ts';
import { ToneAgent } from './tone-agent.ts';

const SECRET = 'edge-secret';

export interface RigOptions {
  livekit: LiveKitKeys;
  env?: Record<string, string>;
  timers?: SipTimers;
  /** Don't wait until it is ready. */
  unready?: boolean;
}

/** A bridge with a SIP edge before it and agents behind it. */
export class BridgeRig {
  readonly bridge: Bridge;
  readonly records: CallRecord[];
  /** Log lines, parsed. */
  readonly lines: Record<string, unknown>[];
  readonly agents = new Map<string, ToneAgent>();
  /** What the next agents do. `stay-away` lets callers ring. */
  agentMode: 'hum' | 'stay-away' = 'hum';
  edge: SipEdge;
  readonly #options: RigOptions;
  readonly #client: RoomServiceClient;
  #closed = false;
  #staffing: Promise<void> | undefined;

  private constructor(
    options: RigOptions,
    edge: SipEdge,
    bridge: Bridge,
    records: CallRecord[],
    lines: Record<string, unknown>[],
  ) {
    const { url, apiKey, apiSecret } = options.livekit;
    this.#options = options;
    this.#client = new RoomServiceClient(url, apiKey, apiSecret);
    this.edge = edge;
    this.bridge = bridge;
    this.records = records;
    this.lines = lines;
  }

  static async start(options: RigOptions): Promise<BridgeRig> {
    const { url, apiKey, apiSecret } = options.livekit;
    const edge = await openEdge(options, 0, 0, 0);
    const portMin = await lowPort();
    const records: CallRecord[] = [];
    const lines: Record<string, unknown>[] = [];
    const config = loadBridgeConfig({
      LIVEKIT_URL: url,
      LIVEKIT_API_KEY: apiKey,
      LIVEKIT_API_SECRET: apiSecret,
      DRACHTIO_PORT: String(edge.appPort),
      DRACHTIO_SECRET: SECRET,
      BRIDGE_TRUNKS: JSON.stringify([
        { name: 'local', numbers: { '+12025550101': 'bank', '+12025550102': 'support' } },
      ]),
      BRIDGE_RTP_BIND: '127.0.0.1',
      BRIDGE_RTP_PORT_MIN: String(portMin),
      BRIDGE_RTP_PORT_MAX: String(portMin + 199),
      BRIDGE_RTP_REST_MS: '200',
      BRIDGE_DRAIN_LIMIT_MS: '5000',
      BRIDGE_MEDIA_WORKERS: '0',
      // A busy machine is slow to bring an agent.
      BRIDGE_AGENT_WAIT_MS: '60000',
      ...options.env,
    });
    const log = createLogger({
      service: 'bridge',
      level: 'info',
      personalData: false,
      destination: {
        write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
      },
    });
    const sink = (record: CallRecord) => void records.push(callRecordSchema.parse(record));
    const bridge = await startBridge(config, { log, sink });
    const rig = new BridgeRig(options, edge, bridge, records, lines);
    rig.#staffing = rig.#staff();
    if (!options.unready) await rig.ready();
    return rig;
  }

  get sip(): { host: string; port: number } {
    return { host: '127.0.0.1', port: this.edge.sipPort };
  }

  /** Where it speaks SIP over TLS. */
  get sipTls(): { host: string; port: number } {
    return { host: '127.0.0.1', port: this.edge.sipTlsPort ?? 0 };
  }

  async ready(): Promise<void> {
    await vi.waitFor(() => expect(this.bridge.health.missing()).toEqual([]), { timeout: 20_000 });
  }

  /** The one agent there is; waits for it. */
  async agent(): Promise<ToneAgent> {
    return await vi.waitFor(
      () => {
        const [agent] = this.agents.values();
        if (!agent) throw new Error('no agent has come yet');
        return agent;
      },
      { timeout: 10_000, interval: 20 },
    );
  }

  /** End the room of every call, as an agent does that hangs up. */
  async deleteRooms(): Promise<void> {
    for (const { name } of await this.#client.listRooms()) await this.#client.deleteRoom(name);
  }

  /** Wait for a number of records in all. */
  async recorded(count: number): Promise<CallRecord[]> {
    await vi.waitFor(() => expect(this.records.length).toBe(count), {
      timeout: 20_000,
      interval: 20,
    });
    return this.records;
  }

  async metrics(): Promise<Map<string, number>> {
    const response = await fetch(`http://127.0.0.1:${this.bridge.opsPort}/metrics`);
    const values = new Map<string, number>();
    for (const line of (await response.text()).split('\n')) {
      const match = /^(patchbay_bridge_\S+) (\S+)$/.exec(line);
      if (match?.[1]) values.set(match[1].replace('patchbay_bridge_', ''), Number(match[2]));
    }
    return values;
  }

  /** Nothing of any call is left, here and in LiveKit. */
  async expectNothingLeft(): Promise<void> {
    await vi.waitFor(
      async () => {
        const metrics = await this.metrics();
        expect({
          calls: metrics.get('calls_active'),
          ports: metrics.get('rtp_ports_used'),
          resting: metrics.get('rtp_ports_resting'),
          rooms: metrics.get('rooms_open'),
          livekitRooms: (await this.#client.listRooms()).map(({ name }) => name),
          dialogs: this.edge.status().dialogs,
        }).toEqual({ calls: 0, ports: 0, resting: 0, rooms: 0, livekitRooms: [], dialogs: 0 });
      },
      { timeout: 20_000, interval: 50 },
    );
  }

  /** Stop the edge, and start it again at the same place. */
  async restartEdge(whileAway: () => Promise<void>): Promise<void> {
    const { appPort, sipPort, sipTlsPort = 0 } = this.edge;
    await this.edge.close();
    await whileAway();
    this.edge = await openEdge(this.#options, sipPort, sipTlsPort, appPort);
  }

  /**
   * The end of a test: nothing of any call may be left. Closes also if something is, or its agents
   * would go into the rooms of the next test.
   */
  async closeEmpty(): Promise<void> {
    try {
      await this.expectNothingLeft();
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#staffing;
    for (const agent of this.agents.values()) await agent.close();
    await this.bridge.close();
    await this.edge.close();
  }

  /** Put an agent into every room that has none. */
  async #staff(): Promise<void> {
    const known = new Set<string>();
    const joining = new Set<Promise<void>>();
    while (!this.#closed) {
      const rooms = await this.#client.listRooms().catch(() => []);
      for (const { name } of rooms) {
        if (known.has(name) || this.agentMode === 'stay-away') continue;
        known.add(name);
        const joined = this.#bringAgent(name);
        joining.add(joined);
        void joined.finally(() => joining.delete(joined));
      }
      for (const [name, agent] of this.agents) if (agent.closed) this.agents.delete(name);
      await delay(50);
    }
    await Promise.all(joining);
  }

  async #bringAgent(room: string): Promise<void> {
    try {
      const agent = await ToneAgent.join(this.#options.livekit, room, { leaveWhenAlone: true });
      if (!agent.closed) {
        this.agents.set(room, agent);
        return;
      }
    } catch {
      // The call was over before its agent came.
    }
    // By coming it made the room anew.
    await this.#client.deleteRoom(room).catch(() => undefined);
  }
}

function openEdge(
  options: RigOptions,
  sipPort: number,
  sipTlsPort: number,
  appPort: number,
): Promise<SipEdge> {
  return startSipEdge({
    sipHost: '127.0.0.1',
    sipPort,
    sipTlsPort,
    appHost: '127.0.0.1',
    appPort,
    secret: SECRET,
    log: silentLogger(),
    ...(options.timers ? { timers: options.timers } : {}),
  });
}
