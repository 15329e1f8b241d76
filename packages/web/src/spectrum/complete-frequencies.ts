import { fft2d, inverseFft2d } from '@mfm/data/fft';

/**
 * The picture that has the original's frequencies where the mask keeps them and the model's where it does not. A model that is trained on
 * the masked frequencies alone may say anything of the others: this is what it knows and what it predicts, put together.
 *
 * @param image [3, size, size]
 * @param reconstruction the model's, like image
 * @param mask [size, size], 1 = frequency kept, 0 = masked, DC at ⌊size/2⌋
 */
export function completeFrequencies(
  image: Float32Array,
  reconstruction: Float32Array,
  mask: Float32Array,
  size: number,
): Float32Array<ArrayBuffer> {
  const [area, centre] = [size * size, Math.floor(size / 2)];
  const completed = Float32Array.from(reconstruction);
  for (let start = 0; start < 3 * area; start += area) {
    // One transform serves for two: F⁻¹(m F(a) + (1 − m) F(b)) = b + F⁻¹(m F(a − b)).
    const difference = Float64Array.from({ length: area }, (_, i) => image[start + i]! - reconstruction[start + i]!);
    const spectrum = fft2d(difference, size);
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const kept = mask[((y + centre) % size) * size + ((x + centre) % size)]!;
        spectrum.re[y * size + x]! *= kept;
        spectrum.im[y * size + x]! *= kept;
      }
    }
    const known = inverseFft2d(spectrum, size);
    for (let i = 0; i < area; i++) completed[start + i]! += known[i]!;
  }
  return completed;
}

/**
 * Amplitudes of the completed picture: each bin from the spectrum that it comes from.
 *
 * @param image amplitudes of the picture, [3, H, W], DC centred
 * @param reconstruction amplitudes of the model's picture
 * @param mask [H, W], 1 = frequency kept
 */
export function completedAmplitudes(
  image: Float32Array,
  reconstruction: Float32Array,
  mask: Float32Array,
): Float32Array<ArrayBuffer> {
  return Float32Array.from(image, (amplitude, i) => (mask[i % mask.length] ? amplitude : reconstruction[i]!));
}
