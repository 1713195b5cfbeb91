import { afterAll, describe, expect, it } from 'vitest';
import { BadNetwork } from '../sandbox/bench/media/bad-network.ts';
import { PROFILES } from '../sandbox/bench/media/profiles.ts';
import { rate } from '../sandbox/bench/media/rating.ts';

const PACKETS = 250;
const SPEECH = Int16Array.from({ length: PACKETS * 160 }, (_, i) => 6_000 * Math.sin(i / 9));

const network = await BadNetwork.open();
const noNamespace = typeof network === 'string' ? network : undefined;

afterAll(async () => {
  if (typeof network !== 'string') await network.close();
});

async function over(name: string) {
  if (typeof network === 'string') throw new Error(network);
  await network.shape(PROFILES.find((one) => one.name === name)!);
  return rate(name, PACKETS, await network.stream(SPEECH, PACKETS));
}

describe(`a phone in another network${noNamespace ? ` (left out: ${noNamespace})` : ''}`, () => {
  it.skipIf(noNamespace !== undefined)('is heard as it is while the network is clean', async () => {
    const rated = await over('clean');
    expect(rated.lostPct).toBe(0);
    expect(rated.notPlayedPct).toBe(0);
  });

  it
    .skipIf(noNamespace !== undefined)
    .each(['loss 5 %', 'jitter ±30 ms', 'mobile: loss 2 %, ±30 ms'])(
    'behind a network with %s is heard better than it was sent to us',
    async (name) => {
      const rated = await over(name);
      expect(rated.concealedMs).toBeGreaterThan(0);
      expect(rated.mosAfter).toBeGreaterThan(rated.mosBefore);
    },
  );
});
