// The two passes of `resample`, in AssemblyScript (TypeScript's syntax, WebAssembly's types): compiled by `scripts/compile-kernel.mjs`.
//
// A sum of products of bytes and 32-bit weights has no instruction of its own; two 16-bit products summed in 32 bits (`i32x4.dot_i16x8_s`) is one on every
// processor. So weights are cut in two, w = high · 2^12 + low, and Σ w·p = (Σ high·p) · 2^12 + Σ low·p: exactly, since all wraps modulo 2^32 alike.
// Taps go two at a time. Every pointer is an offset in the module's memory; what is read past the end of a row has weight 0 or is overwritten.

/** As PIL's `PRECISION_BITS`: fractional bits of the weights. */
const PRECISION: i32 = 22;
/** Bits of a weight's lower part. */
const LOW: i32 = 12;
/** Bytes of two cut weights: int16 high0, high1, low0, low1. */
const PAIR: usize = 8;

/** Two neighbouring pixels r0 g0 b0 r1 g1 b1 as int16 r0 r1 g0 g1 b0 b1 0 0. */
function pixelPair(p: usize): v128 {
  return i8x16.swizzle(v128.load64_zero(p), i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1));
}

/** A sum, and the products of two neighbours with their weights. */
function addDot(sum: v128, values: v128, weights: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(values, weights));
}

/** The sums of both parts of the weights, put together and rounded: int32 that are bytes but for the overshoot. */
function rounded(high: v128, low: v128): v128 {
  const sum = i32x4.add(i32x4.add(i32x4.shl(high, LOW), low), i32x4.splat(1 << (PRECISION - 1)));
  return i32x4.shr_s(sum, PRECISION);
}

/** Stores one pixel, and a byte that the next one overwrites. */
function storePixel(p: usize, value: v128): void {
  const words = i16x8.narrow_i32x4_s(value, value);
  v128.store32_lane(p, i8x16.narrow_i16x8_u(words, words), 0);
}

/**
 * Filters rows of RGB pixels along x, four at a time: up to three rows more than asked for are read and written.
 *
 * @param start int32 `[width]`: byte in its row at which each result's taps begin
 * @param weights `[width, pairs]` of cut weights
 * @param to rows of `toStride` bytes, at least 3 · width + 1
 */
export function resampleRows(
  from: usize,
  fromStride: usize,
  rows: i32,
  start: usize,
  weights: usize,
  pairs: i32,
  width: i32,
  to: usize,
  toStride: usize,
): void {
  const pairBytes = <usize>pairs * PAIR;
  for (let y = 0; y < rows; y += 4) {
    let w = weights;
    for (let x = 0; x < width; x++) {
      let p0 = from + <usize>load<i32>(start + ((<usize>x) << 2));
      let high0 = i32x4.splat(0);
      let high1 = i32x4.splat(0);
      let high2 = i32x4.splat(0);
      let high3 = i32x4.splat(0);
      let low0 = i32x4.splat(0);
      let low1 = i32x4.splat(0);
      let low2 = i32x4.splat(0);
      let low3 = i32x4.splat(0);
      for (const end = w + pairBytes; w < end; w += PAIR, p0 += 6) {
        const high = v128.load32_splat(w);
        const low = v128.load32_splat(w, 4);
        const p1 = p0 + fromStride;
        const p2 = p1 + fromStride;
        const a = pixelPair(p0);
        high0 = addDot(high0, a, high);
        low0 = addDot(low0, a, low);
        const b = pixelPair(p1);
        high1 = addDot(high1, b, high);
        low1 = addDot(low1, b, low);
        const c = pixelPair(p2);
        high2 = addDot(high2, c, high);
        low2 = addDot(low2, c, low);
        const d = pixelPair(p2 + fromStride);
        high3 = addDot(high3, d, high);
        low3 = addDot(low3, d, low);
      }
      const o0 = to + <usize>x * 3;
      const o1 = o0 + toStride;
      const o2 = o1 + toStride;
      storePixel(o0, rounded(high0, low0));
      storePixel(o1, rounded(high1, low1));
      storePixel(o2, rounded(high2, low2));
      storePixel(o2 + toStride, rounded(high3, low3));
    }
    from += fromStride << 2;
    to += toStride << 2;
  }
}

/**
 * Filters rows of bytes along y, sixteen columns at a time: each result row is written to its next multiple of 16 bytes, from the top.
 *
 * @param start int32 `[height]`: row at which each result's taps begin
 * @param weights `[height, pairs]` of cut weights
 * @param to rows of `rowLength` bytes, without gaps
 */
export function resampleColumns(
  from: usize,
  fromStride: usize,
  start: usize,
  weights: usize,
  pairs: i32,
  height: i32,
  rowLength: usize,
  to: usize,
): void {
  const pairBytes = <usize>pairs * PAIR;
  for (let y = 0; y < height; y++) {
    const first = from + <usize>load<i32>(start + ((<usize>y) << 2)) * fromStride;
    const end = weights + pairBytes;
    for (let x: usize = 0; x < rowLength; x += 16) {
      let high0 = i32x4.splat(0);
      let high1 = i32x4.splat(0);
      let high2 = i32x4.splat(0);
      let high3 = i32x4.splat(0);
      let low0 = i32x4.splat(0);
      let low1 = i32x4.splat(0);
      let low2 = i32x4.splat(0);
      let low3 = i32x4.splat(0);
      let p = first + x;
      for (let w = weights; w < end; w += PAIR, p += fromStride << 1) {
        const high = v128.load32_splat(w);
        const low = v128.load32_splat(w, 4);
        const above = v128.load(p);
        const below = v128.load(p + fromStride);
        // Columns side by side: above0 below0 above1 below1 …, then as int16.
        const left = i8x16.shuffle(above, below, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const right = i8x16.shuffle(above, below, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        const a = i16x8.extend_low_i8x16_u(left);
        high0 = addDot(high0, a, high);
        low0 = addDot(low0, a, low);
        const b = i16x8.extend_high_i8x16_u(left);
        high1 = addDot(high1, b, high);
        low1 = addDot(low1, b, low);
        const c = i16x8.extend_low_i8x16_u(right);
        high2 = addDot(high2, c, high);
        low2 = addDot(low2, c, low);
        const d = i16x8.extend_high_i8x16_u(right);
        high3 = addDot(high3, d, high);
        low3 = addDot(low3, d, low);
      }
      const even = i16x8.narrow_i32x4_s(rounded(high0, low0), rounded(high1, low1));
      const odd = i16x8.narrow_i32x4_s(rounded(high2, low2), rounded(high3, low3));
      v128.store(to + x, i8x16.narrow_i16x8_u(even, odd));
    }
    to += rowLength;
    weights = end;
  }
}
