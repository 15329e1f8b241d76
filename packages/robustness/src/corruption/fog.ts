import { plasma, plasmaSize } from '../image/plasma.ts';
import { toByte, UNIT } from '../image/unit-image.ts';
import { stochastic } from './corruption.ts';

/**
 * Fog of uneven density. Parameters: [strength, decay of the plasma map's detail]. Draws: uniforms of the plasma map, one less
 * than its pixels.
 */
export const fog = stochastic<readonly [strength: number, decay: number], ArrayLike<number>>({
  name: 'fog',
  category: 'weather',
  extra: false,
  severities: {
    32: [
      [0.2, 3],
      [0.5, 3],
      [0.75, 2.5],
      [1, 2],
      [1.5, 1.75],
    ],
    64: [
      [0.4, 3],
      [0.7, 3],
      [1, 2.5],
      [1.5, 2],
      [2, 1.75],
    ],
    224: [
      [1.5, 2],
      [2, 2],
      [2.5, 1.7],
      [2.5, 1.5],
      [3, 1.4],
    ],
    299: [
      [1.5, 2],
      [2, 2],
      [2.5, 1.8],
      [2.5, 1.6],
      [3, 1.5],
    ],
  },
  draw({ width, height }, _, random) {
    const words = random.words(plasmaSize(width, height) ** 2 - 1);
    return Float64Array.from(words, (word) => word / 2 ** 32);
  },
  replay({ pixels, width, height }, [strength, decay], uniforms) {
    const side = plasmaSize(width, height);
    const map = plasma(side, decay, uniforms);
    const brightest = UNIT[pixels.reduce((most, value) => Math.max(most, value), 0)]!;
    const out = new Uint8Array(pixels.length);
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const density = strength * map[y * side + x]!;
        for (const end = i + 3; i < end; i++) {
          out[i] = toByte(((UNIT[pixels[i]!]! + density) * brightest) / (brightest + strength));
        }
      }
    }
    return out;
  },
});
