import { type Image, resample } from '@mfm/data';
import type { Corruption } from './corruption.ts';

function resizeBox(image: Image, outWidth: number, outHeight: number): Image {
  const box = { left: 0, top: 0, width: image.width, height: image.height };
  return { pixels: resample(image, { box, outWidth, outHeight, filter: 'box' }), width: outWidth, height: outHeight };
}

/** Shrinks and enlarges with PIL's box filter. Parameter: the smaller size as a fraction. */
export const pixelate: Corruption<number> = {
  name: 'pixelate',
  category: 'digital',
  extra: false,
  deterministic: true,
  severities: {
    32: [0.95, 0.9, 0.85, 0.75, 0.65],
    64: [0.9, 0.8, 0.7, 0.6, 0.5],
    224: [0.6, 0.5, 0.4, 0.3, 0.25],
    299: [0.5, 0.4, 0.3, 0.25, 0.2],
  },
  apply(image, factor) {
    const small = resizeBox(
      image,
      Math.max(1, Math.trunc(image.width * factor)),
      Math.max(1, Math.trunc(image.height * factor)),
    );
    return resizeBox(small, image.width, image.height).pixels;
  },
};
