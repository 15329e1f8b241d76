import type { Random } from '../random/random.ts';

/** In-place radix-2 inverse FFT of `n` values at `start`, `start + stride`, …; not scaled. `n` is a power of two. */
function inverseFft(re: Float64Array, im: Float64Array, start: number, stride: number, n: number): void {
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    const [a, b] = [start + i * stride, start + j * stride];
    [re[a], re[b]] = [re[b]!, re[a]!];
    [im[a], im[b]] = [im[b]!, im[a]!];
  }
  for (let length = 2; length <= n; length *= 2) {
    const half = length / 2;
    for (let k = 0; k < half; k++) {
      const [cos, sin] = [Math.cos((2 * Math.PI * k) / length), Math.sin((2 * Math.PI * k) / length)];
      for (let first = k; first < n; first += length) {
        const a = start + first * stride;
        const b = a + half * stride;
        const tr = re[b]! * cos - im[b]! * sin;
        const ti = re[b]! * sin + im[b]! * cos;
        re[b] = re[a]! - tr;
        im[b] = im[a]! - ti;
        re[a] = re[a]! + tr;
        im[a] = im[a]! + ti;
      }
    }
  }
}

/** Scales to mean 0 (given by the empty DC bin) and variance 1. */
function normalise(field: Float64Array): Float32Array {
  const power = field.reduce((sum, value) => sum + value * value, 0) / field.length;
  return Float32Array.from(field, (value) => value / Math.sqrt(power));
}

/**
 * Two independent periodic random fields with amplitude ∝ 1/f, the spectrum of natural images (Field, 1987): the real and
 * the imaginary part of the transform of one complex Gaussian spectrum.
 *
 * @param size side, a power of two
 * @returns two fields `[size, size]` of mean 0 and variance 1
 */
export function noiseFields(size: number, random: Random): [Float32Array, Float32Array] {
  const re = new Float64Array(size * size);
  const im = new Float64Array(size * size);
  const frequency = (k: number) => (k <= size / 2 ? k : k - size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const f = Math.hypot(frequency(x), frequency(y));
      const amplitude = f === 0 ? 0 : 1 / f;
      re[y * size + x] = amplitude * random.normal();
      im[y * size + x] = amplitude * random.normal();
    }
  }
  for (let y = 0; y < size; y++) inverseFft(re, im, y * size, 1, size);
  for (let x = 0; x < size; x++) inverseFft(re, im, x, size, size);
  return [normalise(re), normalise(im)];
}
