import { expect, it } from 'vitest';
import { ephemeralOverlap } from './ephemeral-ports.ts';

function kernel(range: string, reserved: string) {
  return (file: string) => Promise.resolve(file.endsWith('_range') ? range : reserved);
}

it.each([
  ['below the ephemeral ports', 20_000, 29_999, '\n', undefined],
  ['above them', 61_000, 65_535, '\n', undefined],
  ['partly among them', 30_000, 40_000, '\n', { min: 32_768, max: 60_999 }],
  ['wholly among them', 40_000, 41_000, '8080\n', { min: 32_768, max: 60_999 }],
  ['among them, but reserved', 30_000, 40_000, '8080,30000-40000\n', undefined],
  ['reserved in two parts', 30_000, 40_000, '32768-35000,35001-40000\n', undefined],
  [
    'reserved but for one',
    30_000,
    40_000,
    '32768-35000,35002-40000\n',
    { min: 32_768, max: 60_999 },
  ],
] as const)('an RTP range that is %s', async (_where, min, max, reserved, overlap) => {
  expect(await ephemeralOverlap({ min, max }, kernel('32768\t60999\n', reserved))).toEqual(overlap);
});

it('is not judged where the kernel does not tell', async () => {
  const ours = { min: 1_024, max: 65_535 };
  const missing = () => Promise.reject(new Error('ENOENT'));
  expect(await ephemeralOverlap(ours, missing)).toBeUndefined();
  expect(await ephemeralOverlap(ours, kernel('nonsense', ''))).toBeUndefined();
});
