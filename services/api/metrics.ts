import { Counter, Gauge, type Histogram, type Registry } from 'prom-client';
import type { RequestHandler } from 'express';
import { exemplarHistogram, observeCall } from '@patchbay/common/exemplar';
import { CALL_RESULTS, type CallResult } from '@patchbay/common/call-record';
import { ERROR_STATUS, type ErrorCode } from './errors.ts';

/** What the API counts. Label values are bounded: codes, route patterns, statuses. */
export class ApiMetrics {
  readonly #tokenRequests: Counter<'result'>;
  readonly #requestSeconds: Histogram<'route' | 'status'>;
  readonly #webhookEvents: Counter<'event'>;
  readonly #webCalls: Counter<'result'>;
  readonly #agentReady: Histogram;
  readonly #attended: Counter<'act'>;
  readonly #swept: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#tokenRequests = new Counter({
      name: 'patchbay_api_token_requests_total',
      help: 'Token requests by result: issued, or the code of the refusal',
      labelNames: ['result'],
      registers,
    });
    this.#requestSeconds = exemplarHistogram(registry, {
      name: 'patchbay_api_request_seconds',
      help: 'Time to answer a request',
      labelNames: ['route', 'status'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    });
    this.#webhookEvents = new Counter({
      name: 'patchbay_api_livekit_events_total',
      help: 'Events received from LiveKit by kind, or refused',
      labelNames: ['event'],
      registers,
    });
    this.#webCalls = new Counter({
      name: 'patchbay_api_web_calls_total',
      help: 'Web calls that are over, by result',
      labelNames: ['result'],
      registers,
    });
    this.#agentReady = exemplarHistogram(registry, {
      name: 'patchbay_api_agent_ready_seconds',
      help: "A web caller's joining to the agent's track",
      buckets: [0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 10, 20],
    });
    // Series that exist from the start make the first failure visible to rate().
    for (const result of ['issued', ...Object.keys(ERROR_STATUS)]) {
      this.#tokenRequests.inc({ result }, 0);
    }
    for (const result of CALL_RESULTS) this.#webCalls.inc({ result }, 0);
    this.#attended = new Counter({
      name: 'patchbay_api_lonely_callers_total',
      help: 'Callers without an agent: an agent sent for again, or given up with an apology',
      labelNames: ['act'],
      registers,
    });
    for (const act of ['sent', 'gave-up'] as const) this.#attended.inc({ act }, 0);
    this.#swept = new Counter({
      name: 'patchbay_api_rooms_swept_total',
      help: 'Rooms that LiveKit still listed after they were over, taken off its list',
      registers,
    });
  }

  roomSwept(): void {
    this.#swept.inc();
  }

  attended(act: 'sent' | 'gave-up'): void {
    this.#attended.inc({ act });
  }

  tokenRequest(result: 'issued' | ErrorCode): void {
    this.#tokenRequests.inc({ result });
  }

  webhookEvent(event: string): void {
    this.#webhookEvents.inc({ event });
  }

  webCall(result: CallResult): void {
    this.#webCalls.inc({ result });
  }

  /** A caller joined; the agent was there after so long. */
  agentReady(seconds: number, callId: string): void {
    observeCall(this.#agentReady, { callId }, seconds);
  }

  /** Read at scrape time. */
  gauge(registry: Registry, name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** Times the requests of one route; the route is given, so that paths can't make new series. */
  timed(route: string): RequestHandler {
    return (_request, response, next) => {
      const sinceMs = performance.now();
      response.once('close', () => {
        const seconds = (performance.now() - sinceMs) / 1_000;
        const labels = { route, status: String(response.statusCode) };
        const callId: unknown = response.locals['callId'];
        if (typeof callId === 'string') {
          observeCall(this.#requestSeconds, { callId }, seconds, labels);
        } else this.#requestSeconds.observe({ labels, value: seconds });
      });
      next();
    };
  }
}
