const PIECE = 256;
const BINS = PIECE / 2;
/** Below this, next to speech, nobody hears a difference. */
const FLOOR_DB = 30;

/** Log-spectral distance in dB of the pieces in which two sounds differ clearly; 0 if there is none. */
export function distanceDb(said: Int16Array, heard: Int16Array): number {
  let sum = 0;
  let pieces = 0;
  for (let at = 0; at + PIECE <= Math.min(said.length, heard.length); at += PIECE) {
    const a = said.subarray(at, at + PIECE);
    const b = heard.subarray(at, at + PIECE);
    if (alike(a, b)) continue;
    const first = spectrumDb(a);
    const second = spectrumDb(b);
    let squares = 0;
    for (let bin = 1; bin < BINS; bin++) {
      squares += ((first[bin] as number) - (second[bin] as number)) ** 2;
    }
    sum += Math.sqrt(squares / (BINS - 1));
    pieces += 1;
  }
  return pieces === 0 ? 0 : sum / pieces;
}

/** The same but for the rounding of G.711, or both silent. */
function alike(a: Int16Array, b: Int16Array): boolean {
  let difference = 0;
  let energy = PIECE * 400;
  for (let i = 0; i < PIECE; i++) {
    difference += ((a[i] as number) - (b[i] as number)) ** 2;
    energy += (a[i] as number) ** 2;
  }
  return difference < energy / 100;
}

function spectrumDb(piece: Int16Array): Float64Array {
  const out = new Float64Array(BINS);
  for (let bin = 0; bin < BINS; bin++) {
    let real = 0;
    let imaginary = 0;
    for (let i = 0; i < PIECE; i++) {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / PIECE);
      const angle = (2 * Math.PI * bin * i) / PIECE;
      real += window * (piece[i] as number) * Math.cos(angle);
      imaginary += window * (piece[i] as number) * Math.sin(angle);
    }
    out[bin] = Math.max(FLOOR_DB, 10 * Math.log10(real * real + imaginary * imaginary + 1));
  }
  return out;
}
