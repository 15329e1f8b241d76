import { fft2d } from './fft.ts';

/**
 * Amplitude spectrum |F| of a real plane, orthonormal scaling (Parseval: its squares sum to the plane's squares).
 *
 * @param plane `[size, size]`
 * @returns float64 `[size, size]`, at least 0, DC at ⌊size/2⌋
 */
export function planeAmplitudes(plane: ArrayLike<number>, size: number): Float64Array<ArrayBuffer> {
  const { re, im } = fft2d(plane, size);
  const centre = Math.floor(size / 2);
  const amplitudes = new Float64Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const at = ((y + centre) % size) * size + ((x + centre) % size);
      amplitudes[at] = Math.hypot(re[y * size + x]!, im[y * size + x]!) / size;
    }
  }
  return amplitudes;
}
