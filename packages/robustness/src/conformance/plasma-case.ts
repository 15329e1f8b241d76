import { createRandom } from '@mfm/data';
import { plasma, plasmaSize } from '../image/plasma.ts';
import { type CorruptionCheck, numbersCheck } from './check.ts';
import type { GoldenFolder, PlasmaStatistics } from './golden-folder.ts';
import { radialPower } from './radial-power.ts';

/** Maps that are averaged. */
const MAPS = 40;

/** Largest differences: of means in the reference's deviations over seeds, where chance is a sixth of one. */
const BOUND = 1;

interface MapFigures {
  readonly mean: number;
  readonly std: number;
  readonly slope: number;
  readonly spectrum: Float64Array;
}

function figures(map: Float64Array, mapSide: number, side: number): MapFigures {
  const at = (pixel: number) => map[Math.floor(pixel / side) * mapSide + (pixel % side)]!;
  const area = side * side;
  let [sum, squares, slopes] = [0, 0, 0];
  for (let pixel = 0; pixel < area; pixel++) {
    sum += at(pixel);
    squares += at(pixel) ** 2;
    if (pixel % side > 0) slopes += Math.abs(at(pixel) - at(pixel - 1));
  }
  const mean = sum / area;
  return {
    mean,
    std: Math.sqrt(squares / area - mean * mean),
    slope: slopes / (side * (side - 1)),
    spectrum: radialPower(side, at).map((power) => Math.log10(power + 1e-12)),
  };
}

/** The height maps of fog at one size: mean, deviation, slope and spectrum of the part that is used, and the stored maps of the stored draws. */
export async function checkPlasma(golden: GoldenFolder, size: string): Promise<CorruptionCheck[]> {
  const side = Number(size);
  const mapSide = plasmaSize(side, side);
  const checks: CorruptionCheck[] = [];
  for (const [decay, expected] of Object.entries<PlasmaStatistics>(golden.plasma[size] ?? {})) {
    const maps = Array.from({ length: MAPS }, (_, seed) => {
      const words = createRandom(seed, 'plasma').words(mapSide ** 2 - 1);
      const uniforms = Float64Array.from(words, (word) => word / 2 ** 32);
      return figures(plasma(mapSide, Number(decay), uniforms), mapSide, side);
    });
    const score = (name: string, value: (map: MapFigures) => number, [mean, sd]: readonly [number, number]) => {
      const difference = Math.abs(maps.reduce((sum, map) => sum + value(map), 0) / MAPS - mean);
      // A ring without a bin is the same for every seed.
      const error = difference < 1e-9 ? 0 : difference / sd;
      checks.push({ name: `${name}, decay ${decay}`, error, tolerance: BOUND, unit: 'sd' });
    };
    score('mean', (map) => map.mean, expected.mean);
    score('std', (map) => map.std, expected.std);
    score('mean_abs_dx', (map) => map.slope, expected.mean_abs_dx);
    expected.psd_log10_mean.forEach((mean, ring) => {
      score(`psd ${ring}`, (map) => map.spectrum[ring]!, [mean, expected.psd_log10_sd[ring]!]);
    });
  }
  const seen = new Set<string>();
  for (const trace of Object.values(golden.traces[size]?.fog ?? {})) {
    const { map, uniforms, mapsize, wibbledecay } = trace as unknown as Record<'map' | 'uniforms', string> &
      Record<'mapsize' | 'wibbledecay', number>;
    if (seen.has(map)) continue;
    seen.add(map);
    const made = plasma(mapsize, wibbledecay, await golden.array(uniforms));
    // Stored in float32.
    checks.push(numbersCheck(`replayed, decay ${wibbledecay}`, made, await golden.array(map), 1e-6));
  }
  return checks;
}
