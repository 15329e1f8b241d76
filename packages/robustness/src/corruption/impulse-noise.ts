import { toByte, UNIT } from '../image/unit-image.ts';
import { stochastic } from './corruption.ts';

/** What becomes of a value. */
const KEPT = 0;
const PEPPER = 1;

/** The value is kept up to rounding: some of x / 255 · 255 are just below x, and truncated. */
const LEVELS = [
  Uint8Array.from(UNIT, toByte),
  new Uint8Array(256), // pepper
  new Uint8Array(256).fill(255), // salt
];

/**
 * Salt and pepper, value by value (not pixel by pixel), as skimage's `random_noise`. Parameter: the share of values hit, half
 * of them by salt. Draws: 0 kept, 1 pepper, 2 salt, `[H, W, 3]`.
 */
export const impulseNoise = stochastic<number, Uint8Array>({
  name: 'impulse_noise',
  category: 'noise',
  extra: false,
  severities: {
    32: [0.01, 0.02, 0.03, 0.05, 0.07],
    64: [0.01, 0.02, 0.05, 0.08, 0.14],
    224: [0.03, 0.06, 0.09, 0.17, 0.27],
    299: [0.04, 0.07, 0.1, 0.18, 0.28],
  },
  draw({ pixels }, amount, random) {
    const words = random.words(pixels.length);
    const hit = amount * 2 ** 31;
    const hits = new Uint8Array(words.length);
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      // 31 bits decide whether, the last one which.
      hits[i] = word >>> 1 < hit ? PEPPER + (word & 1) : KEPT;
    }
    return hits;
  },
  replay({ pixels }, _, hits) {
    const out = new Uint8Array(pixels.length);
    for (let i = 0; i < out.length; i++) out[i] = hits[i] === KEPT ? LEVELS[KEPT]![pixels[i]!]! : LEVELS[hits[i]!]![0]!;
    return out;
  },
});
