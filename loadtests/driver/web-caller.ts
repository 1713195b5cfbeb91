import {
  LocalAudioTrack,
  Room,
  RoomEvent,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';
import { TURN_TOPIC, turnReportSchema, type TurnReport } from '@patchbay/common/room-contract';
import type { HeardEvent, WaitOptions } from '@patchbay/sandbox/telephone/hearing';
import type { MediaClock } from '@patchbay/sandbox/telephone/media-clock';
import { nowMs } from '@patchbay/sandbox/telephone/now';
import { PhoneError } from '@patchbay/sandbox/telephone/phone-error';
import type { Caller } from './caller.ts';
import { rateNetwork } from './rating.ts';
import type { CallResult, NetworkResult, StagesMs } from './result.ts';
import { stagesOfReports } from './turn-stages.ts';
import { WebEar } from './web-ear.ts';
import { WebMouth } from './web-mouth.ts';
import { fetchToken } from './web-token.ts';

/** An agent that has not come by then does not come. */
const AGENT_LIMIT_MS = 25_000;
const STATS_EVERY_MS = 2_000;

/**
 * A caller at the web door without a browser: a token from the real API, a participant with a
 * microphone and an ear.
 */
export class WebCaller implements Caller {
  readonly reference: string;
  readonly stepsMs: CallResult['stepsMs'] = {};
  readonly #room = new Room();
  readonly #mouth: WebMouth;
  readonly #ear: WebEar;
  readonly #reports: TurnReport[] = [];
  readonly #answered = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<string>();
  readonly #startedMs: number;
  readonly #agentTimer: NodeJS.Timeout;
  readonly #statsTimer: NodeJS.Timeout;
  #network: NetworkResult | undefined;
  #over = false;

  private constructor(reference: string, startedMs: number, clock: MediaClock) {
    this.reference = reference;
    this.#startedMs = startedMs;
    this.#mouth = new WebMouth(clock);
    this.#ear = new WebEar();
    this.#answered.promise.catch(() => undefined);
    this.#agentTimer = setTimeout(() => {
      this.#answered.reject(new Error(`no agent came within ${AGENT_LIMIT_MS / 1_000} s`));
    }, AGENT_LIMIT_MS);
    this.#statsTimer = setInterval(() => void this.#readStats(), STATS_EVERY_MS);
  }

  /** Get a token and join. @throws {TokenError}, or Error when LiveKit does not let us in */
  static async join(options: {
    api: { url: string; accessKey: string };
    agent: string;
    clock: MediaClock;
  }): Promise<WebCaller> {
    const startedMs = nowMs();
    const token = await fetchToken(options.api, options.agent);
    const caller = new WebCaller(token.room_name, startedMs, options.clock);
    caller.stepsMs.token = nowMs() - startedMs;
    try {
      await caller.#connect(token.server_url, token.participant_token);
    } catch (error) {
      await caller.hangUp();
      throw error;
    }
    return caller;
  }

  get answered(): Promise<void> {
    return this.#answered.promise;
  }

  get ringing(): Promise<void> {
    return this.#answered.promise;
  }

  get ended(): Promise<string> {
    return this.#ended.promise;
  }

  play(samples: Int16Array) {
    return this.#mouth.play(samples);
  }

  nextUtterance(options?: WaitOptions) {
    return this.#ear.hearing.nextUtterance(options);
  }

  waitForSpeechStart(options?: WaitOptions) {
    return this.#ear.hearing.waitForSpeechStart(options);
  }

  onHeard(listener: (event: HeardEvent) => void) {
    return this.#ear.hearing.onHeard(listener);
  }

  sendDtmf(): Promise<void> {
    return Promise.reject(new Error('a web call has no keys'));
  }

  async hangUp(): Promise<void> {
    await this.#finish('us');
  }

  network() {
    return this.#network;
  }

  pacingMs() {
    const { pacing } = this.#mouth;
    return { p50: pacing.quantileMs(0.5), p99: pacing.quantileMs(0.99), max: pacing.maxMs };
  }

  stages(): Promise<StagesMs[]> {
    return Promise.resolve(stagesOfReports(this.#reports));
  }

  async #connect(url: string, token: string): Promise<void> {
    const room = this.#room;
    room.on(RoomEvent.TrackSubscribed, (track) => {
      if (track.kind !== TrackKind.KIND_AUDIO || this.#over) return;
      this.stepsMs.answer ??= nowMs() - this.#startedMs;
      this.#ear.listen(track);
      clearTimeout(this.#agentTimer);
      this.#answered.resolve();
    });
    room.on(RoomEvent.DataReceived, (payload, _participant, _kind, topic) => {
      if (topic !== TURN_TOPIC) return;
      const report = turnReportSchema.safeParse(JSON.parse(new TextDecoder().decode(payload)));
      if (report.success) this.#reports.push(report.data);
    });
    room.on(RoomEvent.Disconnected, () => void this.#finish('agent'));
    await room.connect(url, token, { autoSubscribe: true, dynacast: false });
    const track = LocalAudioTrack.createAudioTrack('microphone', this.#mouth.source);
    const options = new TrackPublishOptions({
      source: TrackSource.SOURCE_MICROPHONE,
      dtx: false,
      red: false,
    });
    await room.localParticipant?.publishTrack(track, options);
    const stop = this.#ear.hearing.onHeard(({ type, atMs }) => {
      if (type !== 'speech-start') return;
      this.stepsMs.greeting ??= atMs - this.#startedMs;
      stop();
    });
  }

  async #readStats(): Promise<void> {
    const stats = await this.#room.getRtcStats().catch(() => undefined);
    // With one peer connection for both ways everything is told as the publisher's.
    const all = [...(stats?.subscriberStats ?? []), ...(stats?.publisherStats ?? [])];
    for (const { stats: one } of all) {
      if (one.case !== 'inboundRtp') continue;
      const { packetsReceived = 0n, packetsLost = 0n, jitter = 0 } = one.value.received ?? {};
      this.#network = rateNetwork({
        sent: this.#mouth.frames / 2, // a packet holds two of its chunks of 10 ms
        received: Number(packetsReceived),
        lost: Math.max(0, Number(packetsLost)),
        jitterMs: jitter * 1_000,
      });
    }
  }

  /** The one end of every call. */
  async #finish(by: string): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#agentTimer);
    clearInterval(this.#statsTimer);
    const error = new PhoneError(by === 'us' ? 'we hung up' : 'the call was ended by the agent');
    this.#answered.reject(error);
    this.#ear.close(error);
    await this.#mouth.close(error).catch(() => undefined);
    await this.#room.disconnect().catch(() => undefined);
    this.#room.removeAllListeners();
    this.#ended.resolve(by);
  }
}
