import { mapHsv } from '../image/hsv.ts';
import type { Corruption } from './corruption.ts';

/** Scales and shifts HSV saturation. Parameters: [scale, shift], saturation in [0, 1]. */
export const saturate: Corruption<readonly [number, number]> = {
  name: 'saturate',
  category: 'digital',
  extra: true,
  deterministic: true,
  // Severities 1 and 2 take colour away, 3 to 5 exaggerate it.
  severities: {
    32: [
      [0.3, 0],
      [0.1, 0],
      [1.5, 0],
      [2, 0.1],
      [2.5, 0.2],
    ],
    64: [
      [0.3, 0],
      [0.1, 0],
      [2, 0],
      [5, 0.1],
      [30, 0.2],
    ],
    224: [
      [0.3, 0],
      [0.1, 0],
      [2, 0],
      [5, 0.1],
      [20, 0.2],
    ],
    299: [
      [0.3, 0],
      [0.1, 0],
      [2, 0],
      [5, 0.1],
      [20, 0.2],
    ],
  },
  apply: ({ pixels }, [scale, shift]) =>
    mapHsv(pixels, (hsv) => {
      hsv[1] = Math.min(hsv[1] * scale + shift, 1);
    }),
};
