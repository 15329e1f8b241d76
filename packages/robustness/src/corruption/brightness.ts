import { mapHsv } from '../image/hsv.ts';
import type { Corruption } from './corruption.ts';

/** Adds to HSV value. Parameter: the amount, value in [0, 1]. */
export const brightness: Corruption<number> = {
  name: 'brightness',
  category: 'weather',
  extra: false,
  deterministic: true,
  severities: {
    32: [0.05, 0.1, 0.15, 0.2, 0.3],
    64: [0.1, 0.2, 0.3, 0.4, 0.5],
    224: [0.1, 0.2, 0.3, 0.4, 0.5],
    299: [0.1, 0.2, 0.3, 0.4, 0.5],
  },
  apply: ({ pixels }, amount) =>
    mapHsv(pixels, (hsv) => {
      hsv[2] = Math.min(hsv[2] + amount, 1);
    }),
};
