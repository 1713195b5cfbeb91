import { afterAll, describe, expect, it } from 'vitest';
import { BadNetwork } from '../sandbox/bench/media/netem.ts';
import { PROFILES } from '../sandbox/bench/media/profiles.ts';
import { rate } from '../sandbox/bench/media/rating.ts';

const PACKETS = 250;
const SPEECH = Int16Array.from({ length: PACKETS * 160 }, (_, i) => 6_000 * Math.sin(i / 9));

const network = await BadNetwork.open();
const noNamespace = typeof network === 'string' ? network : undefined;
const noNetem =
  typeof network === 'string' ? network : await network.shape({ ...PROFILES[0]!, delayMs: 1 });

afterAll(async () => {
  if (typeof network !== 'string') await network.close();
});

async function over(name: string) {
  if (typeof network === 'string') throw new Error(network);
  const profile = PROFILES.find((one) => one.name === name)!;
  if (noNetem === undefined) await network.shape(profile);
  return rate(name, PACKETS, await network.stream(SPEECH, PACKETS));
}

describe(`a phone in another network${noNamespace ? ` (left out: ${noNamespace})` : ''}`, () => {
  it.skipIf(noNamespace !== undefined)('is heard as it is while the network is clean', async () => {
    const rated = await over('clean');
    expect(rated.lostPct).toBe(0);
    expect(rated.notPlayedPct).toBe(0);
  });
});

describe(`a phone behind a bad network${noNetem ? ` (left out: ${noNetem})` : ''}`, () => {
  it.skipIf(noNetem !== undefined).each(['loss 5 %', 'jitter ±30 ms', 'mobile: loss 2 %, ±30 ms'])(
    'with %s is heard better than it was sent to us',
    async (name) => {
      const rated = await over(name);
      expect(rated.concealedMs).toBeGreaterThan(0);
      expect(rated.mosAfter).toBeGreaterThan(rated.mosBefore);
    },
  );
});
