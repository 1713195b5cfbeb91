import { describe, expect, it } from 'vitest';
import { parseConfig } from './config-faults.ts';
import { stackOutputs } from './outputs.ts';
import { prodConfig, put } from './testing/sample-configs.ts';

/** Outputs of the sample with the exchange's trunk alone, changed. */
function outputsWith(changes: Record<string, unknown>) {
  const config = prodConfig();
  for (const [key, value] of Object.entries(changes)) put(config, ['trunks', 3, key], value);
  put(config, ['trunks'], (config.trunks as unknown[]).slice(3));
  return stackOutputs(parseConfig(config));
}

describe('the test call', () => {
  it.each<[string, Record<string, unknown>, string]>([
    [
      'goes over TLS where nothing else is let in',
      { digest: undefined },
      '--server 203.0.113.7:5071 --transport tls ',
    ],
    [
      'goes over TLS where the carrier is told so and nothing else is said',
      { digest: undefined, transports: undefined },
      '--server 203.0.113.7:5071 --transport tls ',
    ],
    [
      'goes over UDP where that is let in too',
      { digest: undefined, transports: ['udp', 'tls'] },
      '--server 203.0.113.7:5070 --host',
    ],
    [
      'goes over TCP where UDP is not let in',
      { digest: undefined, transport: 'tcp', transports: ['tcp'], mediaEncryption: undefined },
      '--server 203.0.113.7:5070 --transport tcp ',
    ],
  ])('%s', (_name, changes, said) => {
    expect(outputsWith(changes).testCall).toContain(said);
  });

  it.each<[string, Record<string, unknown>]>([
    ['digest, which the telephone does not give', {}],
    ['calls out alone', { direction: 'outbound', digest: undefined }],
  ])('is left to the page with %s', (_name, changes) => {
    expect(outputsWith(changes).testCall).toMatch(/call from the page/);
  });
});

it('a trunk whose carrier calls a name says so, and that the name must lead to the nodes', () => {
  const { numbers, dns, testCall } = outputsWith({ host: 'sip.example.com', digest: undefined });
  expect(numbers).toContain('+12025550104 rings bank through the bridge at sip.example.com:5071');
  expect(dns).toContainEqual(expect.stringMatching(/^sip\.example\.com → 203\.0\.113\.7/));
  expect(testCall).toContain('--server sip.example.com:5071 ');
});

it('numbers of calls out alone ring nobody', () => {
  const changes = { direction: 'outbound', numbers: { '+12025550104': 'bank' } };
  expect(outputsWith(changes).numbers).toEqual([
    '+12025550104 is shown to those whom trunk exchange calls',
  ]);
});
