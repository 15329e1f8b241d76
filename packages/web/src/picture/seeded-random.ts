/**
 * A stream of uniform numbers in [0, 1) that depends on seed and stream number alone (mulberry32, after mixing the two): for sample pictures and
 * the masks and order of training in the page. Not for anything secret.
 */
export function seededRandom(seed: number, stream = 0): () => number {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 1, 0xc2b2ae35)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
