/**
 * Peak signal-to-noise ratio in decibels, of values in [0, 1]: 10 log₁₀(1 / mean squared difference). Values outside are cut off first, as on
 * the screen. Infinity for equal images.
 */
export function peakSignalToNoise(image: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < image.length; i++) sum += (image[i]! - Math.min(1, Math.max(0, other[i]!))) ** 2;
  return 10 * Math.log10(image.length / sum);
}
