/** Pixels as float64 in [0, 1]: the reference computes in double precision. */
export function toUnit(pixels: Uint8Array): Float64Array {
  const unit = new Float64Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) unit[i] = pixels[i]! / 255;
  return unit;
}

/** `np.uint8(np.clip(x, 0, 1) * 255)`: truncated, not rounded. */
export function toBytes(unit: Float64Array): Uint8Array {
  const pixels = new Uint8Array(unit.length);
  for (let i = 0; i < unit.length; i++) pixels[i] = Math.max(0, Math.min(unit[i]!, 1)) * 255;
  return pixels;
}
