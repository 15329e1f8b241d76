import type { Image } from '../image/image.ts';
import type { Random } from '../random/random.ts';

// Local names: under jest every look-up of a global costs more than the arithmetic.
const { floor, imul } = Math;

/** The images of scripts/make-augment-golden.py: the same integer formulas. */
export type Pattern = 'waves' | 'noise' | 'low' | 'flat';

const PATTERNS: Record<Pattern, (x: number, y: number, c: number) => number> = {
  waves: (x, y, c) => (c * 50 + 3 * x + 2 * y + ((x * y) >> 3)) & 255,
  noise: (x, y, c) => ((imul(x + 1, 73856093) ^ imul(y + 1, 19349663) ^ imul(c + 1, 83492791)) >>> 7) & 255,
  low: (x, y, c) => 100 + ((x + 2 * y + 5 * c) % 23),
  flat: (_x, _y, c) => 40 * c + 10,
};

/** An image of the golden data. */
export function goldenImage(pattern: Pattern, width: number, height: number): Image {
  const value = PATTERNS[pattern];
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++, o += 3) {
      for (let c = 0; c < 3; c++) pixels[o + c] = value(x, y, c);
    }
  }
  return { pixels, width, height };
}

/** The random numbers of scripts/make-augment-golden.py, so that its draws can be made again. */
export function goldenDraws(seed: number, order: readonly number[] = []): Random {
  let state = seed;
  let count = 0;
  const unit = () => {
    state = (imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    uniform: (low = 0, high = 1) => low + (high - low) * unit(),
    normal(mean = 0, deviation = 1) {
      count++;
      return mean + (deviation * (((count * 7) % 13) - 6)) / 4;
    },
    integer: (n) => floor(unit() * n),
    permutation: () => Int32Array.from(order),
    words: (n) => Uint32Array.from({ length: n }, () => floor(unit() * 2 ** 32)),
    normals: (n) => Float32Array.from({ length: n }, () => unit() - 0.5),
  };
}
