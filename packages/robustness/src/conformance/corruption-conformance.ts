import type { Image } from '@mfm/data';
import { corruptImage } from '../corruption/corrupt-image.ts';
import { type Corruption, SEVERITIES, TABLE_SIZES, type TableSize } from '../corruption/corruption.ts';
import { CORRUPTIONS } from '../corruption/corruption-table.ts';
import { type GoldenFolder, openGoldenFolder } from './golden-folder.ts';
import { imageStatistics, statisticsError } from './image-statistics.ts';

/** How one corruption at one size compares with the reference. */
export interface ConformanceLine {
  /** `<corruption>/<size>`. */
  name: string;
  status: 'passed' | 'failed' | 'skipped';
  /** Largest pixel difference in grey levels, 0 to 255. */
  worst: number;
  /** Fraction of pixel values that differ. */
  differing: number;
  /** What was compared, or why nothing was. */
  detail: string;
}

/** The golden statistics are rounded to four decimals or more. */
const STATISTICS_TOLERANCE = 1e-4;

interface PixelDifference {
  worst: number;
  differing: number;
}

function comparePixels(out: Uint8Array, golden: Uint8Array): PixelDifference {
  if (out.length !== golden.length) return { worst: 255, differing: 1 };
  let [worst, count] = [0, 0];
  for (let i = 0; i < out.length; i++) {
    const error = Math.abs(out[i]! - golden[i]!);
    if (error > 0) count++;
    if (error > worst) worst = error;
  }
  return { worst, differing: count / out.length };
}

/** Image 0 at every severity, pixel for pixel. */
async function checkPixels(golden: GoldenFolder, corruption: Corruption, size: string): Promise<PixelDifference> {
  const input = await golden.input('img0', size);
  const all: PixelDifference = { worst: 0, differing: 0 };
  for (const severity of SEVERITIES) {
    const output = await golden.output(corruption.name, size, severity);
    const { worst, differing } = comparePixels(corruptImage(input, corruption, severity), output.pixels);
    all.worst = Math.max(all.worst, worst);
    all.differing += differing / SEVERITIES.length;
  }
  return all;
}

/** Every image at every severity, by figures: of most images the reference's outputs are not stored. */
async function checkStatistics(golden: GoldenFolder, corruption: Corruption, size: string): Promise<number> {
  const inputs = new Map<string, Image>();
  let worst = 0;
  for (const severity of SEVERITIES) {
    for (const [name, expected] of Object.entries(golden.stats[size]?.[corruption.name]?.[severity] ?? {})) {
      const input = inputs.get(name) ?? (await golden.input(name, size));
      inputs.set(name, input);
      const statistics = imageStatistics(input.pixels, corruptImage(input, corruption, severity));
      worst = Math.max(worst, statisticsError(statistics, expected));
    }
  }
  return worst;
}

async function checkCase(golden: GoldenFolder, corruption: Corruption, size: string): Promise<ConformanceLine> {
  const name = `${corruption.name}/${size}`;
  const table = golden.manifest.severity_tables[size]?.[corruption.name];
  const sameTable = JSON.stringify(table) === JSON.stringify(corruption.severities[Number(size) as TableSize]);
  // Some sizes have a table but no images.
  if (!golden.stats[size]?.[corruption.name]) {
    const status = sameTable ? 'passed' : 'failed';
    return { name, status, worst: 0, differing: 0, detail: `table ${sameTable ? 'equal' : 'differs'}, no images` };
  }
  const { worst, differing } = await checkPixels(golden, corruption, size);
  const statistics = await checkStatistics(golden, corruption, size);
  const passed = sameTable && worst === 0 && statistics <= STATISTICS_TOLERANCE;
  const detail = `table ${sameTable ? 'equal' : 'differs'}, statistics within ${statistics.toExponential(1)}`;
  return { name, status: passed ? 'passed' : 'failed', worst, differing, detail };
}

/**
 * Checks every corruption at every size against a folder of the reference's outputs: its severity table, the stored images
 * pixel for pixel, and figures of the images that are not stored. What is not built yet is skipped.
 *
 * @param dir has `manifest.json`, `deterministic_stats.json`, `input/` and `det/`
 * @throws UserError when it is no such folder
 */
export async function* corruptionConformance(dir: string): AsyncGenerator<ConformanceLine> {
  const golden = await openGoldenFolder(dir);
  const { deterministic, stochastic } = golden.manifest.corruptions;
  const sizes = Object.keys(golden.manifest.severity_tables);
  for (const name of [...deterministic, ...stochastic]) {
    const corruption = CORRUPTIONS.find((candidate) => candidate.name === name);
    for (const size of sizes) {
      const isKnown = corruption?.deterministic && TABLE_SIZES.some((known) => String(known) === size);
      yield isKnown
        ? await checkCase(golden, corruption, size)
        : { name: `${name}/${size}`, status: 'skipped', worst: 0, differing: 0, detail: 'not supported yet' };
    }
  }
}
