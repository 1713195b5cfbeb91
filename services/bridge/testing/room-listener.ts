import { RoomRpcError, type RoomEvents, type RoomGone, type RpcMethod } from '../room/link.ts';

/** Writes down what a room engine tells; answers RPC calls, but refuses those that say `refuse`. */
export class RoomListener implements RoomEvents {
  readonly sources = new Map<string, Int16Array[]>();
  readonly silentSources: string[] = [];
  readonly packets: { topic: string; text: string }[] = [];
  readonly goneReasons: RoomGone[] = [];
  readonly keys: string[] = [];
  heardCount = 0;
  aloneCount = 0;

  heard(): void {
    this.heardCount += 1;
  }
  alone(): void {
    this.aloneCount += 1;
  }
  audio(source: string, samples: Int16Array): void {
    const frames = this.sources.get(source) ?? [];
    frames.push(samples);
    this.sources.set(source, frames);
  }
  silent(source: string): void {
    this.silentSources.push(source);
  }
  data(topic: string, payload: Uint8Array): void {
    this.packets.push({ topic, text: Buffer.from(payload).toString() });
  }
  dtmf(digit: string): void {
    this.keys.push(digit);
  }
  rpc(method: RpcMethod, payload: string): Promise<string> {
    if (payload === 'refuse') return Promise.reject(new RoomRpcError(2_000, 'not now'));
    return Promise.resolve(`${method} got ${payload}`);
  }
  gone(reason: RoomGone): void {
    this.goneReasons.push(reason);
  }

  /** The last of what was heard from everybody, 8 kHz. */
  last(ms: number): Int16Array {
    const frames = [...this.sources.values()].flat();
    const samples = Int16Array.from(frames.flatMap((frame) => [...frame]));
    return samples.slice(-ms * 8);
  }
}
