import { arange } from '../image/arange.ts';
import { addZoomed } from '../image/linear-zoom.ts';
import type { Corruption } from './corruption.ts';

/** A camera moving forwards: the mean of the image and its enlargements. Parameters: [from, to, step] of the factor. */
export const zoomBlur: Corruption<readonly [number, number, number]> = {
  name: 'zoom_blur',
  category: 'blur',
  extra: false,
  deterministic: true,
  severities: {
    32: [
      [1, 1.06, 0.01],
      [1, 1.11, 0.01],
      [1, 1.16, 0.01],
      [1, 1.21, 0.01],
      [1, 1.26, 0.01],
    ],
    64: [
      [1, 1.06, 0.01],
      [1, 1.11, 0.01],
      [1, 1.16, 0.01],
      [1, 1.21, 0.01],
      [1, 1.26, 0.01],
    ],
    224: [
      [1, 1.11, 0.01],
      [1, 1.16, 0.01],
      [1, 1.21, 0.02],
      [1, 1.26, 0.02],
      [1, 1.31, 0.03],
    ],
    299: [
      [1, 1.11, 0.01],
      [1, 1.16, 0.01],
      [1, 1.21, 0.02],
      [1, 1.26, 0.02],
      [1, 1.31, 0.03],
    ],
  },
  apply({ pixels, width, height }, [start, stop, step]) {
    const image = Float32Array.from(pixels, (value) => value / 255);
    const total = new Float32Array(image.length);
    const factors = arange(start, stop, step);
    for (const factor of factors) addZoomed(image, width, height, factor, total);
    const out = new Uint8Array(image.length);
    for (let i = 0; i < image.length; i++) {
      // The reference stays in float32 to the end.
      const mean = Math.fround(Math.fround(image[i]! + total[i]!) / (factors.length + 1));
      out[i] = Math.fround(Math.max(0, Math.min(mean, 1)) * 255);
    }
    return out;
  },
};
