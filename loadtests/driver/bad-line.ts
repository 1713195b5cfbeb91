import type { Line } from '@patchbay/sandbox/telephone/call-media';
import { fates } from '@patchbay/sandbox/bench/media/profiles';
import type { Impairments } from './plan.ts';

/** Ten minutes of packets; a longer call meets the same fates again. */
const PACKETS = 30_000;

/** A network between the telephone and its peer that loses, delays and reorders packets, both ways. */
export class BadLine implements Line {
  readonly #outward: (number | undefined)[];
  readonly #inward: (number | undefined)[];
  #sent = 0;
  #came = 0;

  constructor(impairments: Impairments) {
    const { seed, ...profile } = impairments;
    this.#outward = fates({ name: '', ...profile }, PACKETS, seed);
    this.#inward = fates({ name: '', ...profile }, PACKETS, seed + 1);
  }

  outward(send: () => void): void {
    pass(this.#outward[this.#sent++ % PACKETS], send);
  }

  inward(take: () => void): void {
    pass(this.#inward[this.#came++ % PACKETS], take);
  }
}

function pass(lateMs: number | undefined, deliver: () => void): void {
  if (lateMs === undefined) return;
  if (lateMs < 1) deliver();
  // Late packets of a call that is over find it closed.
  else setTimeout(deliver, lateMs).unref();
}
