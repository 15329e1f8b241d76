import { toByte, UNIT } from '../image/unit-image.ts';
import { stochastic } from './corruption.ts';

/** Normal noise on every value. Parameter: its standard deviation, of values in [0, 1]. Draws: unit normals `[H, W, 3]`. */
export const gaussianNoise = stochastic<number, Float32Array>({
  name: 'gaussian_noise',
  category: 'noise',
  extra: false,
  severities: {
    32: [0.04, 0.06, 0.08, 0.09, 0.1],
    64: [0.04, 0.08, 0.12, 0.15, 0.18],
    224: [0.08, 0.12, 0.18, 0.26, 0.38],
    299: [0.09, 0.13, 0.19, 0.27, 0.4],
  },
  draw: ({ pixels }, _, random) => random.normals(pixels.length),
  replay({ pixels }, deviation, normals) {
    const out = new Uint8Array(pixels.length);
    for (let i = 0; i < out.length; i++) out[i] = toByte(UNIT[pixels[i]!]! + deviation * normals[i]!);
    return out;
  },
});
