import { philox4x32, philoxBlocks } from './philox.ts';
import { normalsFromWords } from './ziggurat.ts';

/** A stream of random numbers that is a pure function of its seed and keys. */
export interface Random {
  /** Uniform in [low, high), 53 random bits; default [0, 1). */
  uniform(low?: number, high?: number): number;
  /** Normal (Box–Muller); default mean 0, standard deviation 1. */
  normal(mean?: number, deviation?: number): number;
  /** Uniform integer in [0, n). */
  integer(n: number): number;
  /** The numbers 0 … n − 1 in random order (Fisher–Yates). */
  permutation(n: number): Int32Array;
  /** Uniform 32-bit words, many at once: what whole images of noise are made of. */
  words(count: number): Uint32Array;
  /** Unit normals, many at once (ziggurat, 25 bits), float32; not the numbers that `normal` gives. */
  normals(count: number): Float32Array;
}

const MAX_KEYS = 3;

/** FNV-1a, 32 bits: turns a purpose's name into a counter word. */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function keyWord(key: number | string): number {
  if (typeof key === 'string') return hashName(key);
  if (Number.isInteger(key) && key >= 0 && key < 2 ** 32) return key;
  throw new RangeError(`createRandom: a key must be a string or an integer in [0, 2^32), got ${key}.`);
}

/**
 * Opens the random stream of (seed, keys): equal arguments give equal numbers on every thread and machine, and different
 * ones give independent streams; nothing is consumed elsewhere. Philox4x32-10 with key = seed and counter = (block, keys…).
 *
 * @param seed integer in [0, 2^53)
 * @param keys up to three, by convention (epoch, sample, purpose): integers in [0, 2^32) or names; those left out count as 0
 * @throws RangeError for a seed or key outside its range
 * @example createRandom(seed, epoch, sample, 'mask').uniform()
 */
export function createRandom(seed: number, ...keys: readonly (number | string)[]): Random {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`createRandom: seed must be an integer in [0, 2^53), got ${seed}.`);
  }
  if (keys.length > MAX_KEYS) throw new RangeError(`createRandom: at most ${MAX_KEYS} keys fit, got ${keys.length}.`);
  const key = Uint32Array.of(seed >>> 0, Math.floor(seed / 2 ** 32));
  const counter = new Uint32Array(4);
  keys.forEach((value, i) => {
    counter[i + 1] = keyWord(value);
  });
  const block = new Uint32Array(4);
  let used = 4;
  let spareNormal: number | undefined;

  function unit(): number {
    if (used === 4) {
      philox4x32(counter, key, block);
      counter[0] = counter[0]! + 1;
      used = 0;
    }
    const high = block[used]! >>> 5;
    const low = block[used + 1]! >>> 6;
    used += 2;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  const random: Random = {
    uniform: (low = 0, high = 1) => low + (high - low) * unit(),
    normal(mean = 0, deviation = 1) {
      if (spareNormal !== undefined) {
        const value = mean + deviation * spareNormal;
        spareNormal = undefined;
        return value;
      }
      // 1 − u is in (0, 1]: the logarithm stays finite.
      const radius = Math.sqrt(-2 * Math.log(1 - unit()));
      const angle = 2 * Math.PI * unit();
      spareNormal = radius * Math.sin(angle);
      return mean + deviation * radius * Math.cos(angle);
    },
    integer: (n) => Math.floor(unit() * n),
    permutation(n) {
      const order = Int32Array.from({ length: n }, (_, i) => i);
      for (let i = n - 1; i > 0; i--) {
        const j = random.integer(i + 1);
        const value = order[i]!;
        order[i] = order[j]!;
        order[j] = value;
      }
      return order;
    },
    words(count) {
      const blocks = Math.ceil(count / 4);
      const words = new Uint32Array(4 * blocks);
      philoxBlocks(counter, key, words);
      counter[0] = counter[0]! + blocks;
      return words.subarray(0, count);
    },
    normals: (count) => normalsFromWords(random.words(count), random),
  };
  return random;
}
