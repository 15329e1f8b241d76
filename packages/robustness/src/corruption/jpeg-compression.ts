import { jpegRoundTrip } from '../jpeg/round-trip.ts';
import type { Corruption } from './corruption.ts';

/** Compression artefacts: encoded and decoded as baseline JPEG, 4:2:0. Parameter: quality, 1 to 100. */
export const jpegCompression: Corruption<number> = {
  name: 'jpeg_compression',
  category: 'digital',
  extra: false,
  deterministic: true,
  severities: {
    32: [80, 65, 58, 50, 40],
    64: [65, 58, 50, 40, 25],
    224: [25, 18, 15, 10, 7],
    299: [23, 16, 13, 8, 5],
  },
  apply: (image, quality) => jpegRoundTrip(image, quality),
};
