// A local name: under jest every look-up of a global costs more than the multiplication.
const { imul } = Math;

/** Upper 32 bits of the 64-bit product of two unsigned 32-bit integers; doubles hold only 53 bits, hence the halves. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const lowHigh = aLow * bHigh;
  const highLow = aHigh * bLow;
  const middle = ((aLow * bLow) >>> 16) + (lowHigh & 0xffff) + (highLow & 0xffff);
  return (aHigh * bHigh + (lowHigh >>> 16) + (highLow >>> 16) + (middle >>> 16)) >>> 0;
}

/**
 * Philox4x32-10: encrypts a 128-bit counter under a 64-bit key into 128 random bits. No state: any block can be made
 * at any time, on any thread, in any order. Reference: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC11).
 *
 * @param counter four uint32 words
 * @param key two uint32 words
 * @param out receives four uint32 words
 */
export function philox4x32(counter: Readonly<Uint32Array>, key: Readonly<Uint32Array>, out: Uint32Array): void {
  let c0 = counter[0]!;
  let c1 = counter[1]!;
  let c2 = counter[2]!;
  let c3 = counter[3]!;
  let k0 = key[0]!;
  let k1 = key[1]!;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low0 = imul(0xd2511f53, c0);
    const low1 = imul(0xcd9e8d57, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    // Weyl sequence: golden ratio and √3 − 1.
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/**
 * Encrypts the counters c, c + 1, … (in the first word) into consecutive blocks: what `philox4x32` gives one by one, several
 * times as fast. Products of 32 bits are put together from halves in integer arithmetic alone.
 *
 * @param counter four uint32 words, the first block's; left as it is
 * @param key two uint32 words
 * @param out uint32, a multiple of four long
 */
export function philoxBlocks(counter: Readonly<Uint32Array>, key: Readonly<Uint32Array>, out: Uint32Array): void {
  const [first, second, third, fourth] = [counter[0]! | 0, counter[1]! | 0, counter[2]! | 0, counter[3]! | 0];
  const [key0, key1] = [key[0]! | 0, key[1]! | 0];
  for (let at = 0; at < out.length; at += 4) {
    let c0 = (first + (at >>> 2)) | 0;
    let c1 = second;
    let c2 = third;
    let c3 = fourth;
    let k0 = key0;
    let k1 = key1;
    for (let round = 0; round < 10; round++) {
      // 0xd2511f53 · c0 and 0xcd9e8d57 · c2, upper halves.
      const low0 = c0 & 0xffff;
      const top0 = c0 >>> 16;
      const left0 = (imul(0xd251, low0) + (imul(0x1f53, low0) >>> 16)) | 0;
      const right0 = (imul(0x1f53, top0) + (left0 & 0xffff)) | 0;
      const high0 = (imul(0xd251, top0) + (left0 >>> 16) + (right0 >>> 16)) | 0;
      const low1 = c2 & 0xffff;
      const top1 = c2 >>> 16;
      const left1 = (imul(0xcd9e, low1) + (imul(0x8d57, low1) >>> 16)) | 0;
      const right1 = (imul(0x8d57, top1) + (left1 & 0xffff)) | 0;
      const high1 = (imul(0xcd9e, top1) + (left1 >>> 16) + (right1 >>> 16)) | 0;
      const next0 = high1 ^ c1 ^ k0;
      c1 = imul(0xcd9e8d57, c2);
      c2 = high0 ^ c3 ^ k1;
      c3 = imul(0xd2511f53, c0);
      c0 = next0;
      k0 = (k0 + 0x9e3779b9) | 0;
      k1 = (k1 + 0xbb67ae85) | 0;
    }
    out[at] = c0;
    out[at + 1] = c1;
    out[at + 2] = c2;
    out[at + 3] = c3;
  }
}
