/** v / 255 in float64 for every byte v: the reference computes in double precision. */
export const UNIT: Float64Array = Float64Array.from({ length: 256 }, (_, v) => v / 255);

/** v / 255 in float32, where the reference stays in single precision. */
export const UNIT32: Float32Array = Float32Array.from({ length: 256 }, (_, v) => v / 255);

/** Pixels as float64 in [0, 1]. */
export function toUnit(pixels: Uint8Array): Float64Array {
  const unit = new Float64Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) unit[i] = UNIT[pixels[i]!]!;
  return unit;
}

/** One value of `toBytes`; to be assigned to a byte, which truncates it. */
export const toByte = (unit: number): number => (unit > 0 ? (unit < 1 ? unit * 255 : 255) : 0);

/** `np.uint8(np.clip(x, 0, 1) * 255)`: truncated, not rounded. */
export function toBytes(unit: Float64Array): Uint8Array {
  const pixels = new Uint8Array(unit.length);
  for (let i = 0; i < unit.length; i++) pixels[i] = toByte(unit[i]!);
  return pixels;
}
