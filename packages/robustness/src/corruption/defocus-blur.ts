import { diskKernel } from '../image/disk-kernel.ts';
import { filter2D } from '../image/filter-2d.ts';
import { toBytes, toUnit } from '../image/unit-image.ts';
import type { Corruption } from './corruption.ts';

/** A lens out of focus: correlation with a disk. Parameters: [radius, softening] in pixels. */
export const defocusBlur: Corruption<readonly [number, number]> = {
  name: 'defocus_blur',
  category: 'blur',
  extra: false,
  deterministic: true,
  severities: {
    32: [
      [0.3, 0.4],
      [0.4, 0.5],
      [0.5, 0.6],
      [1, 0.2],
      [1.5, 0.1],
    ],
    64: [
      [0.5, 0.6],
      [1, 0.1],
      [1.5, 0.1],
      [2.5, 0.01],
      [3, 0.1],
    ],
    224: [
      [3, 0.1],
      [4, 0.5],
      [6, 0.5],
      [8, 0.5],
      [10, 0.5],
    ],
    299: [
      [4, 0.1],
      [5, 0.5],
      [7, 0.5],
      [10, 0.5],
      [12, 0.5],
    ],
  },
  apply: ({ pixels, width, height }, [radius, aliasBlur]) =>
    toBytes(filter2D(toUnit(pixels), width, height, diskKernel(radius, aliasBlur))),
};
