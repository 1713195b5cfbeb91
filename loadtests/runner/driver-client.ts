import type { CallOrder } from '../driver/plan.ts';
import type { CallResult, DriverHealth, TargetFault } from '../driver/result.ts';

const TIMEOUT_MS = 10_000;
const WAIT_MS = 20_000;

/** The runner's view of the call driver's API. */
export class DriverClient {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async check(agent: string, doors: readonly string[]): Promise<TargetFault[]> {
    const query = new URLSearchParams({ agent, doors: doors.join(',') });
    return (await this.#get<{ faults: TargetFault[] }>(`/check?${query.toString()}`)).faults;
  }

  async calls(): Promise<CallResult[]> {
    return (await this.#get<{ calls: CallResult[] }>('/calls')).calls;
  }

  health(): Promise<DriverHealth> {
    return this.#get('/health');
  }

  /** Make a call and wait until it is over. */
  async call(order: CallOrder): Promise<CallResult> {
    const { id } = await this.#send<{ id: string }>('POST', '/calls', order);
    for (;;) {
      const result = await this.#get<CallResult>(`/calls/${id}?waitMs=${WAIT_MS}`);
      if (result.state === 'done') return result;
    }
  }

  async offerRecord(record: unknown): Promise<void> {
    await this.#send('POST', '/records', record);
  }

  async breakOff(id: string): Promise<void> {
    await this.#send('DELETE', `/calls/${id}`);
  }

  #get<T>(path: string): Promise<T> {
    return this.#send('GET', path);
  }

  async #send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS + WAIT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the call driver refused ${path}: ${text}`);
    return JSON.parse(text) as T;
  }
}
