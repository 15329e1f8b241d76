import { normalStream, randomStream } from '../parameters/random-stream.ts';

/** Standard normal numbers that depend on the name alone. */
export const randomValues = (name: string, count: number): Float32Array =>
  Float32Array.from({ length: count }, normalStream(randomStream(0, name)));

/** Zeros and ones, half of each. */
export const randomBits = (name: string, count: number): Float32Array => {
  const random = randomStream(0, name);
  return Float32Array.from({ length: count }, () => Math.round(random()));
};
