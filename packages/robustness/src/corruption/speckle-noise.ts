import { toByte, UNIT } from '../image/unit-image.ts';
import { stochastic } from './corruption.ts';

/** Normal noise in proportion to the value. Parameter: its relative standard deviation. Draws: unit normals `[H, W, 3]`. */
export const speckleNoise = stochastic<number, Float32Array>({
  name: 'speckle_noise',
  category: 'noise',
  extra: true,
  severities: {
    32: [0.06, 0.1, 0.12, 0.16, 0.2],
    64: [0.15, 0.2, 0.25, 0.3, 0.35],
    224: [0.15, 0.2, 0.35, 0.45, 0.6],
    299: [0.16, 0.21, 0.36, 0.46, 0.61],
  },
  draw: ({ pixels }, _, random) => random.normals(pixels.length),
  replay({ pixels }, deviation, normals) {
    const out = new Uint8Array(pixels.length);
    for (let i = 0; i < out.length; i++) {
      const value = UNIT[pixels[i]!]!;
      out[i] = toByte(value + value * (deviation * normals[i]!));
    }
    return out;
  },
});
