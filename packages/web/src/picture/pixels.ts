/** Bytes of a picture, RGBA. */
export type Rgba = Uint8ClampedArray<ArrayBuffer>;

/**
 * A picture's bytes as a model's `image`.
 *
 * @param rgba [size, size, 4]; alpha is left out
 * @returns float32 [3, size, size] in [0, 1]
 */
export function imageFromRgba(rgba: Rgba): Float32Array<ArrayBuffer> {
  const area = rgba.length / 4;
  const image = new Float32Array(3 * area);
  for (let i = 0; i < area; i++) {
    for (let channel = 0; channel < 3; channel++) image[channel * area + i] = rgba[i * 4 + channel]! / 255;
  }
  return image;
}

/**
 * An image for the screen.
 *
 * @param image [3, H, W] in [0, 1]; values outside are cut off
 * @returns RGBA [H, W, 4], opaque
 */
export function rgbaFromImage(image: Float32Array): Rgba {
  const area = image.length / 3;
  const rgba = new Uint8ClampedArray(area * 4).fill(255);
  for (let i = 0; i < area; i++) {
    for (let channel = 0; channel < 3; channel++) rgba[i * 4 + channel] = 255 * image[channel * area + i]!;
  }
  return rgba;
}

/**
 * Pixels as encoders take them: (image − mean) / std per channel.
 *
 * @param image float32 [3, H, W] in [0, 1]
 */
export function normalise(
  image: Float32Array,
  { mean, std }: { mean: readonly number[]; std: readonly number[] },
): Float32Array<ArrayBuffer> {
  const area = image.length / 3;
  return Float32Array.from(image, (value, i) => {
    const channel = Math.floor(i / area);
    return (value - mean[channel]!) / std[channel]!;
  });
}

/** Amplitudes of photographs span five decades; those below 1 / SENSITIVITY are as good as nothing. */
const SENSITIVITY = 500;

/** Logarithm of one plus the mean amplitude of the three channels, the faint ones raised. */
function logAmplitude(amplitude: Float32Array): Float32Array {
  const area = amplitude.length / 3;
  return Float32Array.from({ length: area }, (_, i) =>
    Math.log1p((SENSITIVITY * (amplitude[i]! + amplitude[area + i]! + amplitude[2 * area + i]!)) / 3),
  );
}

/**
 * Spectra as grey pictures on one logarithmic scale, so that they can be compared: black is nothing, white the strongest frequency of the
 * first spectrum.
 *
 * @param amplitudes each [3, H, W], |F| with DC at the centre
 * @returns RGBA [H, W, 4] for each
 */
export function spectrumPictures(amplitudes: readonly Float32Array[]): Rgba[] {
  const planes = amplitudes.map(logAmplitude);
  const white = planes[0]!.reduce((a, b) => Math.max(a, b), 0) || 1;
  return planes.map((plane) => {
    const rgba = new Uint8ClampedArray(plane.length * 4).fill(255);
    for (const [i, value] of plane.entries()) rgba.fill((255 * value) / white, i * 4, i * 4 + 3);
    return rgba;
  });
}
