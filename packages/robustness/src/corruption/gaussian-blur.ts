import { gaussianFilter } from '../image/gaussian-filter.ts';
import { toBytes, toUnit } from '../image/unit-image.ts';
import type { Corruption } from './corruption.ts';

/** Gaussian blur. Parameter: standard deviation in pixels. */
export const gaussianBlur: Corruption<number> = {
  name: 'gaussian_blur',
  category: 'blur',
  extra: true,
  deterministic: true,
  severities: {
    32: [0.4, 0.6, 0.7, 0.8, 1],
    64: [0.5, 0.75, 1, 1.25, 1.5],
    224: [1, 2, 3, 4, 6],
    299: [1.5, 2.5, 3.5, 4.5, 6.5],
  },
  apply: ({ pixels, width, height }, sigma) => toBytes(gaussianFilter(toUnit(pixels), width, height, 3, sigma)),
};
