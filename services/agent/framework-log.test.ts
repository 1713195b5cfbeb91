import { initializeLogger, log as frameworkLog } from '@livekit/agents';
import { createLogger } from '@patchbay/common/logger';
import { expect, it } from 'vitest';
import { useLoggerForFramework } from './framework-log.ts';

function capture(level: string, personalData: boolean) {
  const lines: Record<string, unknown>[] = [];
  const destination = {
    write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  };
  useLoggerForFramework(
    createLogger({ service: 'test', level, personalData, destination }),
    personalData,
  );
  return lines;
}

it('the framework writes through our logger, without what callers said', () => {
  const lines = capture('info', false);
  frameworkLog()
    .child({ 'lk.pii.room_name': 'reach-+1202' })
    .warn({ 'lk.pii.transcript': 'my pin' }, 'odd');
  expect(lines).toEqual([
    expect.objectContaining({
      service: 'test',
      level: 'warn',
      msg: 'odd',
      'lk.pii.transcript': '[redacted]',
      'lk.pii.room_name': '[redacted]',
    }),
  ]);
});

it('personal data is written when the operator asks for it', () => {
  const lines = capture('info', true);
  frameworkLog().warn({ 'lk.pii.transcript': 'my pin' }, 'odd');
  expect(lines[0]).toMatchObject({ 'lk.pii.transcript': 'my pin' });
});

it('the chatty lines of the framework are left out unless debugging', () => {
  const quiet = capture('info', false);
  frameworkLog().info('chatter');
  expect(quiet).toEqual([]);
  const loud = capture('debug', false);
  frameworkLog().info('chatter');
  expect(loud).toHaveLength(1);
});

it('the framework can not put its own logger back', () => {
  const lines = capture('info', false);
  initializeLogger({ pretty: false, level: 'info' });
  frameworkLog().error({ error: new Error('broken') }, 'failed');
  expect(lines[0]).toMatchObject({ error: { type: 'Error', message: 'broken' } });
});
