import { expect, it } from 'vitest';
import { UsageError, parseCommandLine } from './command-line.ts';

const least = ['--to', '+12025550101', '--server', '127.0.0.1:5060'];

it('needs a number and a server, and has a default for the rest', () => {
  expect(parseCommandLine(least)).toEqual({
    to: '+12025550101',
    from: '+12025550187',
    server: { host: '127.0.0.1', port: 5_060 },
    host: '127.0.0.1',
    transport: 'udp',
    say: [],
    dtmf: undefined,
    record: undefined,
    patienceMs: 15_000,
    words: false,
  });
});

it('says several things in their order', () => {
  expect(parseCommandLine([...least, '--say', 'one', '--say', 'two'])).toMatchObject({
    say: ['one', 'two'],
  });
});

it('helps when asked', () => {
  expect(parseCommandLine(['-h'])).toBe('help');
});

it('names everything that is wrong at once', () => {
  const wrong = [
    '--server',
    'here',
    '--transport',
    'sctp',
    '--dtmf',
    '1x',
    '--patience',
    'long',
    '--host',
    'me',
  ];
  expect(() => parseCommandLine(wrong)).toThrow(UsageError);
  try {
    parseCommandLine(wrong);
  } catch (error) {
    expect((error as Error).message.split('\n')).toEqual([
      '--server: got "here", must be host:port, as 127.0.0.1:5060',
      '--to: not given, must be a number or a sip: URI',
      '--transport: got "sctp", must be udp, tcp or tls',
      '--host: got "me", must be an IP address of this machine',
      '--patience: got "long", must be a whole number of milliseconds',
      '--dtmf: got "1x", must be keys of 0-9 * # A-D',
    ]);
  }
});

it('wants its own address to be named for a call that leaves the machine', () => {
  expect(() => parseCommandLine(['--to', '1', '--server', '10.0.0.5:5060'])).toThrow(
    /--host: needed/,
  );
  expect(
    parseCommandLine(['--to', '1', '--server', '10.0.0.5:5060', '--host', '10.0.0.9']),
  ).toMatchObject({ host: '10.0.0.9' });
});

it('refuses options it does not know', () => {
  expect(() => parseCommandLine([...least, '--loud'])).toThrow(/--loud/);
});
