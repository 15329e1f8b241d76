import type { FloatInput } from '../evaluate/evaluate.ts';

/** How a tensor too large to store is made. */
export interface ProceduralTensor {
  shape: number[];
  /** Seeds the values, by its FNV-1a hash. */
  key: string;
  seed: number;
  offset: number;
  scale: number;
  /** For the reader: the first values and the sum of all. */
  first4: number[];
  sum_f64: number;
}

/** The 32-bit FNV-1a hash of a key's UTF-8 bytes. */
export const seedOf = (key: string): number =>
  new TextEncoder().encode(key).reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5);

/** MurmurHash3's finaliser. */
function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * The golden rule: value i = offset + scale · (2u − 1), u the upper 24 bits of mix(i · 0x9E3779B1 + seed mod 2³²) over 2²⁴, rounded to
 * float32.
 */
export function proceduralTensor({ shape, key, offset, scale }: ProceduralTensor): FloatInput {
  const seed = seedOf(key);
  const data = new Float32Array(shape.reduce((product, length) => product * length, 1));
  for (let i = 0; i < data.length; i++) {
    const u = (mix((Math.imul(i, 0x9e3779b1) + seed) >>> 0) >>> 8) / 2 ** 24;
    data[i] = offset + scale * (2 * u - 1);
  }
  return { shape, data };
}

/** Most entries that a sampled tensor has. */
const SAMPLES = 128;

/** The golden sample of a tensor: K = min(n, 128) entries, number j at ⌊j · n / K⌋. */
export function sampled(data: ArrayLike<number>): Float32Array {
  const count = Math.min(data.length, SAMPLES);
  return Float32Array.from({ length: count }, (_, j) => data[Math.floor((j * data.length) / count)]!);
}
