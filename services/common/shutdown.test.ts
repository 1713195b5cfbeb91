import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { createLogger, silentLogger } from './logger.ts';
import { Closers } from './shutdown.ts';

describe('closing', () => {
  it('goes in reverse order, each step after the one before is done', async () => {
    const order: string[] = [];
    const closers = new Closers(silentLogger());
    closers.add('server', () => void order.push('server'));
    closers.add('calls', async () => {
      order.push('calls begin');
      await new Promise(setImmediate);
      order.push('calls end');
    });
    await closers.close();
    expect(order).toEqual(['calls begin', 'calls end', 'server']);
  });

  it('happens once, whoever asks', async () => {
    let times = 0;
    const closers = new Closers(silentLogger());
    closers.add('a', () => void times++);
    expect(closers.close()).toBe(closers.close());
    await closers.close();
    expect(times).toBe(1);
  });

  it('goes on after a step that fails, and says which', async () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const log = createLogger({ service: 't', level: 'info', personalData: false, destination });
    let closed = false;
    const closers = new Closers(log);
    closers.add('first', () => void (closed = true));
    closers.add('second', () => Promise.reject(new Error('stuck')));
    closers.add('third', () => {
      throw new Error('broken');
    });
    await closers.close();
    expect(closed).toBe(true);
    expect(lines.map((line) => (JSON.parse(line) as { step: string }).step)).toEqual([
      'third',
      'second',
    ]);
  });

  it('also closes what is started while or after it closes', async () => {
    const order: string[] = [];
    const closers = new Closers(silentLogger());
    closers.add('slow', () => closers.add('late', () => void order.push('late')));
    await closers.close();
    expect(order).toEqual(['late']);
    closers.add('too late', () => void order.push('too late'));
    expect(order).toEqual(['late', 'too late']);
  });
});

describe('a process', () => {
  const program = (closeStep: string, then = '') => `
    import { Closers, runUntilSignal } from '${import.meta.dirname}/shutdown.ts';
    import { silentLogger } from '${import.meta.dirname}/logger.ts';
    const closers = new Closers(silentLogger());
    closers.add('step', ${closeStep});
    runUntilSignal(closers, silentLogger());
    const alive = setInterval(() => {}, 1000);
    console.log('up');
    ${then}`;

  /** Runs the program, acts on each line it prints, and gives its exit status and lines. */
  async function run(
    source: string,
    onLine: (line: string, signal: (name: NodeJS.Signals) => void) => void,
  ) {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      onLine(line, (name) => child.kill(name));
    });
    const [status] = (await once(child, 'close')) as [number | null];
    return { status, lines };
  }

  it('closes and exits 0 on SIGTERM', async () => {
    const result = await run(program(`() => console.log('closed')`), (line, signal) => {
      if (line === 'up') signal('SIGTERM');
    });
    expect(result).toEqual({ status: 0, lines: ['up', 'closed'] });
  });

  it('exits at once on the second signal when closing hangs', async () => {
    const hang = `() => { console.log('closing'); return new Promise(() => {}); }`;
    const result = await run(program(hang), (line, signal) => {
      if (line === 'up') signal('SIGINT');
      if (line === 'closing') signal('SIGINT');
    });
    expect(result).toEqual({ status: 130, lines: ['up', 'closing'] });
  });

  it.each([
    ['an error nobody caught', `setTimeout(() => { throw new Error('x'); }, 0);`],
    ['a rejection nobody owned', `void Promise.reject(new Error('x'));`],
  ])('closes and exits 1 after %s', async (_, then) => {
    const result = await run(program(`() => console.log('closed')`, then), () => {});
    expect(result).toEqual({ status: 1, lines: ['up', 'closed'] });
  });
});
