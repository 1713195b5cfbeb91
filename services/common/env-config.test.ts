import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  ConfigError,
  jsonVariable,
  livekitVariables,
  loadConfig,
  millisecondsVariable,
  opsVariables,
  portVariable,
  urlVariable,
} from './env-config.ts';

const schema = z.object({
  ...livekitVariables,
  ...opsVariables,
  WAIT_MS: millisecondsVariable.default(500),
  TRUNKS: jsonVariable(
    z.array(z.object({ name: z.string(), password: z.string().min(8).optional() })),
  ).optional(),
});

const good = {
  LIVEKIT_URL: 'ws://127.0.0.1:7880',
  LIVEKIT_API_KEY: 'devkey',
  LIVEKIT_API_SECRET: 'a-secret-of-at-least-thirty-two-characters',
};

function faultOf<S extends z.ZodObject>(shape: S, env: Record<string, string>): ConfigError {
  try {
    loadConfig('bridge', shape, env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('a good environment', () => {
  it('gives typed values and defaults', () => {
    expect(
      loadConfig('bridge', schema, { ...good, OPS_PORT: '9100', TRUNKS: '[{"name":"a"}]' }),
    ).toEqual({
      ...good,
      OPS_HOST: '127.0.0.1',
      OPS_PORT: 9100,
      LOG_LEVEL: 'info',
      LOG_PERSONAL_DATA: 'no',
      WAIT_MS: 500,
      TRUNKS: [{ name: 'a' }],
    });
  });

  it('counts an empty or blank variable as unset and trims the others', () => {
    const env = { ...good, LIVEKIT_URL: ' wss://lk.example.com\n', OPS_PORT: '', LOG_LEVEL: '  ' };
    expect(loadConfig('bridge', schema, env)).toMatchObject({
      LIVEKIT_URL: 'wss://lk.example.com',
      OPS_PORT: 0,
      LOG_LEVEL: 'info',
    });
  });

  it('ignores variables it did not ask for', () => {
    expect(loadConfig('bridge', schema, { ...good, PATH: '/bin' })).not.toHaveProperty('PATH');
  });
});

describe('a bad environment', () => {
  it('is reported whole: every fault at once, each with its variable and what would be right', () => {
    const error = faultOf(schema, {
      LIVEKIT_URL: 'localhost:7880',
      OPS_PORT: '70000',
      LOG_LEVEL: 'loud',
      WAIT_MS: '-1',
      TRUNKS: '{not json',
    });
    expect(error.faults).toEqual([
      {
        variable: 'LIVEKIT_URL',
        problem:
          'must be a URL that starts with ws:// or wss:// or http:// or https:// (got "localhost:7880")',
      },
      { variable: 'LIVEKIT_API_KEY', problem: 'is not set' },
      { variable: 'LIVEKIT_API_SECRET', problem: 'is not set' },
      { variable: 'OPS_PORT', problem: 'must be a port number from 0 to 65535 (got "70000")' },
      {
        variable: 'LOG_LEVEL',
        problem: expect.stringMatching(/"info".*\(got "loud"\)$/) as string,
      },
      { variable: 'WAIT_MS', problem: 'must not be negative (got "-1")' },
      { variable: 'TRUNKS', problem: 'must be valid JSON' },
    ]);
    expect(error.message).toMatch(
      /^bridge can't start, 7 configuration fault\(s\):\n {2}LIVEKIT_URL: must/,
    );
    expect(error.message).toContain('.env.example');
  });

  it('names a required port that is missing as not set', () => {
    expect(faultOf(z.object({ DOOR_PORT: portVariable }), {}).faults).toEqual([
      { variable: 'DOOR_PORT', problem: 'is not set' },
    ]);
  });

  it('names the place inside a JSON variable and the value there', () => {
    const shape = z.object({
      TRUNKS: jsonVariable(z.array(z.object({ name: z.string(), port: z.number() }))),
    });
    const { faults } = faultOf(shape, {
      TRUNKS: '[{"name":"a","port":1},{"name":"b","port":"x"}]',
    });
    expect(faults).toEqual([
      {
        variable: 'TRUNKS',
        problem: expect.stringMatching(/^at 1\.port: .*number.* \(got "x"\)$/) as string,
      },
    ]);
  });

  it('keeps the words of a check that spans variables, even if the variable is unset', () => {
    const shape = z
      .object({ BIND: z.string(), ADVERTISED: z.string().optional() })
      .superRefine((config, context) => {
        if (config.ADVERTISED) return;
        const message = 'is required when BIND is 0.0.0.0';
        context.addIssue({ code: 'custom', path: ['ADVERTISED'], message });
      });
    expect(faultOf(shape, { BIND: '0.0.0.0' }).faults).toEqual([
      { variable: 'ADVERTISED', problem: 'is required when BIND is 0.0.0.0' },
    ]);
  });
});

describe('secrets', () => {
  const secret = 'hunter2-hunter2';

  it.each(['API_KEY', 'API_SECRET', 'ACCESS_TOKEN', 'DB_PASSWORD', 'LIVEKIT_KEYS'])(
    'never shows the value of %s',
    (name) => {
      const error = faultOf(z.object({ [name]: z.string().min(99, 'must be longer') }), {
        [name]: secret,
      });
      expect(error.faults).toEqual([{ variable: name, problem: 'must be longer' }]);
      expect(error.message).not.toContain(secret);
    },
  );

  it.each([
    ['a secret field of JSON', schema, { ...good, TRUNKS: '[{"name":"a","password":"hunter2"}]' }],
    [
      'the rest of faulty JSON',
      schema,
      { ...good, TRUNKS: '[{"name":7,"password":"hunter2-hunter2"}]' },
    ],
    ['JSON that does not parse', schema, { ...good, TRUNKS: '[{"password":"hunter2-hunter2"]' }],
    [
      'user and password of an URL',
      z.object({ REDIS_URL: urlVariable(['rediss']) }),
      { REDIS_URL: 'redis://me:hunter2@cache:6379' },
    ],
  ])('never shows %s', (_, shape, env) => {
    expect(faultOf<z.ZodObject>(shape, env).message).not.toContain('hunter2');
  });

  it('still shows the harmless part of an URL', () => {
    const error = faultOf(z.object({ REDIS_URL: urlVariable(['rediss']) }), {
      REDIS_URL: 'redis://me:hunter2@cache:6379',
    });
    expect(error.message).toContain('redis://***@cache:6379');
  });
});

describe('variables of one kind', () => {
  const one = z.object({ V: portVariable });

  it('takes every port and nothing else', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 200_000 }), (port) => {
        const load = () => loadConfig('x', one, { V: String(port) }).V;
        if (port >= 0 && port <= 65_535) expect(load()).toBe(port);
        else expect(load).toThrow(ConfigError);
      }),
    );
    for (const bad of ['80.5', 'http', '80 81', 'Infinity', 'NaN']) {
      expect(() => loadConfig('x', one, { V: bad }), bad).toThrow(ConfigError);
    }
  });

  it('takes an URL only with the schemes it was told', () => {
    const shape = z.object({ V: urlVariable(['ws', 'wss']) });
    expect(loadConfig('x', shape, { V: 'wss://a.example' }).V).toBe('wss://a.example');
    for (const bad of ['http://a.example', 'wss', '//a', 'ws://']) {
      expect(() => loadConfig('x', shape, { V: bad }), bad).toThrow(ConfigError);
    }
  });

  it('never fails with anything but a ConfigError, whatever the environment holds', () => {
    const keys = Object.keys(schema.shape);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), fc.string()), (env) => {
        try {
          loadConfig('x', schema, env);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });
});
