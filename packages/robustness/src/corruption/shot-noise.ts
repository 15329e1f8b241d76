import { drawPoisson, type PoissonTable, poissonTable } from '@mfm/data';
import { toByte, UNIT } from '../image/unit-image.ts';
import { stochastic } from './corruption.ts';

/** By photons at full brightness: the distribution of each of the 256 levels, made when first needed. */
const distributions = new Map<number, (PoissonTable | undefined)[]>();

/** Photon noise. Parameter: photons at full brightness. Draws: photons counted, `[H, W, 3]`. */
export const shotNoise = stochastic<number, ArrayLike<number>>({
  name: 'shot_noise',
  category: 'noise',
  extra: false,
  severities: {
    32: [500, 250, 100, 75, 50],
    64: [250, 100, 50, 30, 15],
    224: [60, 25, 12, 5, 3],
    299: [50, 20, 10, 5, 3],
  },
  draw({ pixels }, photons, random) {
    const tables = distributions.get(photons) ?? new Array<undefined>(256).fill(undefined);
    distributions.set(photons, tables);
    const words = random.words(pixels.length);
    const counts = new Uint16Array(pixels.length);
    for (let i = 0; i < counts.length; i++) {
      const level = pixels[i]!;
      let table = tables[level];
      if (table === undefined) {
        table = poissonTable(UNIT[level]! * photons);
        tables[level] = table;
      }
      counts[i] = drawPoisson(table, words[i]!, random);
    }
    return counts;
  },
  replay({ pixels }, photons, counts) {
    const out = new Uint8Array(pixels.length);
    for (let i = 0; i < out.length; i++) out[i] = toByte(counts[i]! / photons);
    return out;
  },
});
