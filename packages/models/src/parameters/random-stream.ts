import { createHash } from 'node:crypto';

/** A source of numbers in [0, 1). */
export type RandomStream = () => number;

/**
 * A random stream that depends on the seed and the name alone (sfc32 seeded by SHA-256), so that no parameter's values depend on which
 * others a model has or in what order they are drawn.
 *
 * @returns a function; each call gives a multiple of 2⁻³² in [0, 1)
 */
export function randomStream(seed: number, name: string): RandomStream {
  const digest = createHash('sha256').update(`${seed}\0${name}`).digest();
  let [a, b, c, counter] = [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset)) as [
    number,
    number,
    number,
    number,
  ];
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  return next;
}

/** Standard normal numbers by Box and Muller, two from two draws. */
export function normalStream(uniform: RandomStream): RandomStream {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    // 1 − u is in (0, 1]: the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
