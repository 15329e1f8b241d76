const floats = new Float32Array(1);
const bits = new Uint32Array(floats.buffer);

/** The greatest finite float16. */
export const MAX_FLOAT16 = 65504;

/**
 * The number that 16 bits mean as an IEEE 754 binary16: 1 sign bit, 5 exponent bits, 10 fraction bits.
 *
 * @param half the bits, 0 … 65535
 */
export function fromFloat16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** x · 2^−shift to the nearest whole number, halves to the even one. */
function shiftRounded(x: number, shift: number): number {
  const quotient = x >>> shift;
  const rest = x & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && quotient % 2 === 1) ? quotient + 1 : quotient;
}

/**
 * The bits of the binary16 nearest to a float32, halves to even as IEEE 754 rounds by default: above 65519.99 infinity, below
 * 2^−25 zero. NaN stays NaN.
 *
 * @param value taken as float32
 * @returns 0 … 65535
 */
export function toFloat16(value: number): number {
  floats[0] = value;
  const word = bits[0]!;
  const sign = (word >>> 16) & 0x8000;
  const exponent = ((word >>> 23) & 0xff) - 127;
  const fraction = word & 0x7fffff;
  if (exponent === 128) return sign | (fraction ? 0x7e00 : 0x7c00);
  if (exponent > 15) return sign | 0x7c00;
  // A fraction that rounds up to 1024 carries into the exponent, and from the greatest exponent to infinity: the bits are in that order.
  if (exponent >= -14) return sign | (((exponent + 15) << 10) + shiftRounded(fraction, 13));
  if (exponent < -25) return sign;
  return sign | shiftRounded(fraction | 0x800000, -exponent - 1);
}
