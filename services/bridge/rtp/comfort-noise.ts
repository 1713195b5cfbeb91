/** RFC 3551 §6: the payload type of comfort noise at 8 kHz. */
export const COMFORT_NOISE = 13;

/** RFC 3389 §3: the level is 0 to −127 dBov. Louder than this is no background noise. */
const LOUDEST_DBOV = 30;
const FULL_SCALE_RMS = 32_768;
/** Uniform noise from −1 to 1 has this effective value. */
const UNIFORM_RMS = 1 / Math.sqrt(3);

/**
 * The noise a phone describes instead of sending it (RFC 3389). White: the spectrum is left out, the
 * agent's recogniser has no use for it.
 */
export class ComfortNoise {
  #amplitude: number | undefined;
  #state = 1;

  /** True from a comfort-noise packet until {@link end}. */
  get active(): boolean {
    return this.#amplitude !== undefined;
  }

  /** @param payload of a comfort-noise packet: the level, then perhaps a spectrum */
  begin(payload: Uint8Array): void {
    const level = Math.max(LOUDEST_DBOV, (payload[0] ?? 0x7f) & 0x7f);
    this.#amplitude = (FULL_SCALE_RMS * 10 ** (-level / 20)) / UNIFORM_RMS;
  }

  end(): void {
    this.#amplitude = undefined;
  }

  fill(out: Int16Array): void {
    const amplitude = this.#amplitude ?? 0;
    for (let i = 0; i < out.length; i++) {
      // Numerical Recipes' generator: cheap, and good enough to be heard.
      this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) | 0;
      out[i] = (this.#state / 0x8000_0000) * amplitude;
    }
  }
}
