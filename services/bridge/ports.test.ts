import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NoFreePortError, PortPool, type BoundPair } from './ports.ts';

class Pair implements BoundPair {
  readonly port: number;
  closed = false;
  constructor(port: number) {
    this.port = port;
  }
  close(): void {
    this.closed = true;
  }
}

function pool(options: { min?: number; max?: number; taken?: number[] } = {}) {
  const drained: number[] = [];
  const made = new PortPool({
    min: options.min ?? 20_000,
    max: options.max ?? 20_009,
    restMs: 1_000,
    bind: (port) =>
      options.taken?.includes(port)
        ? Promise.reject(new Error('EADDRINUSE'))
        : Promise.resolve(new Pair(port)),
    drain: (pair: Pair) => void drained.push(pair.port),
  });
  return { pool: made, drained };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the port pool', () => {
  it('lends every even port once, in an order nobody can guess', async () => {
    const { pool: ports } = pool({ max: 20_199 });
    const lent: number[] = [];
    for (let i = 0; i < 100; i++) lent.push((await ports.acquire()).pair.port);
    expect(new Set(lent).size).toBe(100);
    expect(lent.every((port) => port % 2 === 0)).toBe(true);
    expect(lent).not.toEqual([...lent].sort((a, b) => a - b));
    await expect(ports.acquire()).rejects.toThrow(NoFreePortError);
  });

  it('begins at the next even port and leaves room for RTCP at the end', async () => {
    expect(pool({ min: 20_001, max: 20_004 }).pool.total).toBe(1);
    const lease = await pool({ min: 20_001, max: 20_004 }).pool.acquire();
    expect(lease.pair.port).toBe(20_002);
  });

  it('lets a released port rest, bound and drained, before it is lent again', async () => {
    const { pool: ports, drained } = pool({ max: 20_001 });
    const lease = await ports.acquire();
    lease.release();
    lease.release();
    expect(drained).toEqual([20_000]);
    expect([ports.used, ports.resting]).toEqual([0, 1]);
    expect(lease.pair.closed).toBe(false);
    await expect(ports.acquire()).rejects.toThrow('no free RTP port: 0 of 1 in use, 1 resting');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(lease.pair.closed).toBe(true);
    expect((await ports.acquire()).pair.port).toBe(20_000);
  });

  it('tries another port when one is held by another process, and that one again later', async () => {
    const { pool: ports } = pool({ max: 20_003, taken: [20_000] });
    expect((await ports.acquire()).pair.port).toBe(20_002);
    await expect(ports.acquire()).rejects.toThrow(NoFreePortError);
    expect(ports.used).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(ports.resting).toBe(0);
  });

  it('closes all sockets and timers when it is closed, also one that was just being bound', async () => {
    const { pool: ports } = pool();
    const inUse = await ports.acquire();
    const resting = await ports.acquire();
    resting.release();
    const binding = ports.acquire();
    ports.close();
    await expect(binding).rejects.toThrow(NoFreePortError);
    expect([inUse.pair.closed, resting.pair.closed]).toEqual([true, true]);
    expect(vi.getTimerCount()).toBe(0);
    inUse.release();
    expect([ports.used, ports.resting]).toEqual([0, 0]);
  });
});
