/** Of images in [0, 1], per channel. */
export interface ChannelStatistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * Normalises a batch: uint8 `[N, H, W, 3]` → float32 `[N, 3, H, W]`, (pixel / 255 − mean) / std.
 *
 * @param out receives the result; made when absent
 */
export function normalizePixels(
  pixels: Uint8Array,
  [count, height, width]: readonly [number, number, number],
  { mean, std }: ChannelStatistics,
  out: Float32Array = new Float32Array(count * 3 * height * width),
): Float32Array {
  const plane = height * width;
  for (let channel = 0; channel < 3; channel++) {
    // A table of the 256 possible values: one look-up instead of two operations a pixel.
    const table = Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean[channel]!) / std[channel]!);
    for (let image = 0; image < count; image++) {
      const target = (image * 3 + channel) * plane;
      const source = image * plane * 3 + channel;
      for (let i = 0; i < plane; i++) out[target + i] = table[pixels[source + 3 * i]!]!;
    }
  }
  return out;
}
