import { expect, it } from 'vitest';
import { createLogger, silentLogger } from './logger.ts';

function logged(personalData: boolean, fields: object): Record<string, unknown> {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLogger({ service: 'bridge', level: 'info', personalData, destination });
  log.info(fields, 'a message');
  log.debug('not this');
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0]!) as Record<string, unknown>;
}

it('writes one JSON line with service, level and ISO time', () => {
  expect(logged(false, { port: 5060 })).toMatchObject({
    service: 'bridge',
    level: 'info',
    msg: 'a message',
    port: 5060,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
  });
});

it('hides personal data unless the operator asks for it', () => {
  const fields = { callerNumber: '+12025550187', call: { transcript: 'my balance' } };
  expect(logged(false, fields)).toMatchObject({
    callerNumber: '[redacted]',
    call: { transcript: '[redacted]' },
  });
  expect(logged(true, fields)).toMatchObject(fields);
});

it('hides secrets even then', () => {
  expect(logged(true, { apiSecret: 's', livekit: { token: 't' } })).toMatchObject({
    apiSecret: '[redacted]',
    livekit: { token: '[redacted]' },
  });
});

it('adds what is known by then to every line, also of loggers made before', () => {
  const lines: string[] = [];
  let context = {};
  const log = createLogger({
    service: 'agent-job',
    level: 'info',
    personalData: false,
    destination: { write: (line) => void lines.push(line) },
    context: () => context,
  });
  const child = log.child({ component: 'framework' });
  child.info('before');
  context = { callId: 'c', callerNumber: '+12025550187' };
  child.info({ only: 'here' }, 'between');
  child.info('after');
  const [before, , after] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(before).not.toHaveProperty('callId');
  expect(after).toMatchObject({ callId: 'c', component: 'framework', callerNumber: '[redacted]' });
  expect(after).not.toHaveProperty('only');
});

it('can be silent', () => {
  expect(silentLogger().isLevelEnabled('fatal')).toBe(false);
});
