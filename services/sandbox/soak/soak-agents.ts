import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AccessToken, RoomServiceClient } from 'livekit-server-sdk';
import { silentLogger } from '@patchbay/common/logger';
import type { RoomEvent } from '../../api/livekit/events.ts';
import { createDirectEngine } from '../../bridge/room/direct/engine.ts';
import type { RoomEngine, RoomEvents, RoomLink } from '../../bridge/room/link.ts';
import { tone } from '../audio/tone.ts';
import type { LiveKit } from '../stack/livekit-server.ts';

/** What the agent of a call does. */
export type AgentPlan =
  | { kind: 'stay-away' }
  /** Hums until the caller has gone. */
  | { kind: 'talk' }
  /** Ends the call by deleting the room so long after it came. */
  | { kind: 'hang-up'; afterMs: number };

const FRAME_MS = 20;
const FRAME = tone({
  frequencyHz: 440,
  durationMs: FRAME_MS,
  sampleRateHz: 8_000,
  amplitude: 4_000 / 32_767,
});
const CALLER = /^sip_(\+\d+)$/;

/**
 * The agents of a soak: each comes as soon as its caller is in the room, and does what was planned
 * for the caller's number. The bridge's `direct` engine is the cheapest participant there is.
 */
export class SoakAgents {
  readonly #plans = new Map<string, AgentPlan>();
  readonly #engine: RoomEngine = createDirectEngine(silentLogger());
  readonly #links = new Map<string, RoomLink>();
  readonly #busy = new Set<Promise<void>>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #server: Server;
  readonly #clock: NodeJS.Timeout;
  #livekit: LiveKit | undefined;
  #onRoomEvent: ((event: RoomEvent) => void) | undefined;

  private constructor(server: Server) {
    this.#server = server;
    this.#clock = setInterval(() => {
      for (const link of this.#links.values()) link.publish(FRAME);
    }, FRAME_MS);
  }

  static async open(): Promise<SoakAgents> {
    const made: { agents?: SoakAgents } = {};
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (data: Buffer) => (body += data.toString()));
      request.on('end', () => {
        response.end();
        made.agents?.hear(body);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    made.agents = new SoakAgents(server);
    return made.agents;
  }

  /** Where LiveKit tells of what happens in its rooms. */
  get webhookUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Agents that are in a room, or on their way in or out. */
  get active(): number {
    return this.#links.size + this.#busy.size;
  }

  /** @param onRoomEvent is told what LiveKit tells */
  serve(livekit: LiveKit, onRoomEvent: (event: RoomEvent) => void): void {
    this.#livekit = livekit;
    this.#onRoomEvent = onRoomEvent;
  }

  /** What the agent does when this number calls. */
  plan(callerNumber: string, plan: AgentPlan): void {
    this.#plans.set(callerNumber, plan);
  }

  async close(): Promise<void> {
    clearInterval(this.#clock);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#server.close();
    await Promise.all(this.#busy);
    await Promise.all([...this.#links.values()].map((link) => link.leave()));
  }

  private hear(body: string): void {
    const { event, room, participant } = JSON.parse(body) as {
      event: string;
      room?: { name: string };
      participant?: { identity?: string };
    };
    this.#onRoomEvent?.({ event, id: '', room });
    const number = CALLER.exec(participant?.identity ?? '')?.[1];
    if (event !== 'participant_joined' || number === undefined || !room?.name) return;
    const plan = this.#plans.get(number) ?? { kind: 'talk' };
    this.#plans.delete(number);
    if (plan.kind === 'stay-away') return;
    this.#keep(this.#come(room.name, plan));
  }

  #keep(work: Promise<void>): void {
    const kept = work.catch(() => undefined).finally(() => this.#busy.delete(kept));
    this.#busy.add(kept);
  }

  async #come(room: string, plan: AgentPlan): Promise<void> {
    const livekit = this.#livekit;
    if (!livekit) return;
    const { url, httpUrl, apiKey, apiSecret } = livekit;
    const token = new AccessToken(apiKey, apiSecret, { identity: `agent-${room}` });
    token.kind = 'agent';
    token.addGrant({ roomJoin: true, room, canPublish: true, canSubscribe: true });
    const gone = Promise.withResolvers<void>();
    const over = () => gone.resolve();
    const ignore = () => undefined;
    const events: RoomEvents = {
      heard: ignore,
      audio: ignore,
      silent: ignore,
      data: ignore,
      dtmf: ignore,
      rpc: () => Promise.resolve(''),
      alone: over,
      gone: over,
    };
    const options = { url, token: await token.toJwt(), trackName: 'agent' };
    const rooms = new RoomServiceClient(httpUrl, apiKey, apiSecret);
    let link: RoomLink;
    try {
      link = await this.#engine.join(options, events, new AbortController().signal);
      await link.publishTrack();
    } catch {
      // The call was over before its agent came; by coming it may have made the room anew.
      return await rooms.deleteRoom(room).catch(ignore);
    }
    this.#links.set(room, link);
    // One that came after its caller had gone has made the room anew, and waits for nobody.
    const there = await rooms.listParticipants(room).catch(() => []);
    if (!there.some(({ identity }) => CALLER.test(identity))) over();
    if (plan.kind === 'hang-up') {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        rooms.deleteRoom(room).catch(ignore);
      }, plan.afterMs);
      this.#timers.add(timer);
    }
    this.#keep(
      gone.promise.then(async () => {
        this.#links.delete(room);
        await link.leave();
      }),
    );
  }
}
