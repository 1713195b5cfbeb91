import { describe, expect, it } from 'vitest';
import { readOptions, UsageError } from './options.ts';

const target = { TARGET_API_URL: 'http://127.0.0.1:8080', TARGET_ACCESS_KEY: 'k' };

describe('asking for a load test', () => {
  it('runs both doors on a stack of its own if nothing else is said', () => {
    expect(readOptions([], {})).toMatchObject({
      name: 'mixed',
      smoke: false,
      target: undefined,
      agent: 'bank',
    });
  });

  it('hands sizes on to k6', () => {
    const options = readOptions(['ramp-to-break', '--json', 'r.json'], {
      CALLS: '20',
      AGENT: 'support',
    });
    expect(options).toMatchObject({ jsonFile: 'r.json', agent: 'support', k6Env: { CALLS: '20' } });
  });

  it('takes a stack that runs already', () => {
    expect(readOptions(['token'], target).target).toEqual(target);
  });

  it.each([
    ['a script that does not exist', ['rampp'], {}, 'ramp-to-break'],
    ['two scripts', ['token', 'mixed'], {}, 'one load test at a time'],
    ['a flag that does not exist', ['--jason', 'x'], {}, '--jason'],
    ['a target without its key', [], { TARGET_API_URL: 'http://127.0.0.1' }, 'TARGET_ACCESS_KEY'],
    [
      'a target elsewhere',
      [],
      { ...target, TARGET_API_URL: 'https://a.example' },
      'ALLOW_REMOTE=1',
    ],
    ['phones elsewhere', [], { ...target, TARGET_SIP: 'sip.example:5060' }, 'ALLOW_REMOTE=1'],
    ['faults in a stack that is not ours', ['faults'], target, 'stand-ins'],
  ])('is refused with %s, in words', (_what, args, env, words) => {
    expect(() => readOptions(args, env)).toThrow(UsageError);
    expect(() => readOptions(args, env)).toThrow(words);
  });

  it('goes elsewhere when that is said, and tells k6 and the driver', () => {
    const env = { ...target, TARGET_API_URL: 'https://a.example', ALLOW_REMOTE: '1' };
    const options = readOptions([], env);
    expect(options.target).toMatchObject({ ALLOW_REMOTE: '1' });
    expect(options.k6Env).toMatchObject({ ALLOW_REMOTE: '1' });
  });
});
