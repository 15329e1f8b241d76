import type { Image } from '@mfm/data';
import { corruptImage } from '../corruption/corrupt-image.ts';
import { type Corruption, SEVERITIES, type TableSize } from '../corruption/corruption.ts';
import { type CorruptionCheck, equalCheck, pixelCheck } from './check.ts';
import type { GoldenFolder } from './golden-folder.ts';
import { imageStatistics, statisticsError } from './image-statistics.ts';

/** The golden statistics are rounded to four decimals or more. */
const STATISTICS_TOLERANCE = 1e-4;

/** The parameters of a corruption at a size. */
export const tableCheck = (golden: GoldenFolder, corruption: Corruption, size: string): CorruptionCheck =>
  equalCheck(
    'severity table',
    corruption.severities[Number(size) as TableSize],
    golden.manifest.severity_tables[size]?.[corruption.name],
  );

/**
 * A deterministic corruption at one size: its parameters, image 0 at every severity pixel for pixel, and figures of every image, since of most the
 * reference's outputs are not stored. Sizes without images have a table only.
 */
export async function checkOutputs(
  golden: GoldenFolder,
  corruption: Corruption,
  size: string,
): Promise<CorruptionCheck[]> {
  const checks: CorruptionCheck[] = [];
  const inputs = new Map<string, Promise<Image>>();
  const input = (name: string) => {
    if (!inputs.has(name)) inputs.set(name, golden.input(name, size));
    return inputs.get(name)!;
  };
  for (const severity of SEVERITIES) {
    const statistics = golden.outputs[size]?.[corruption.name]?.[severity];
    if (!statistics) continue;
    const output = await golden.image(`det/${size}/${corruption.name}_${severity}.png`);
    const made = corruptImage(await input('img0'), corruption, severity);
    checks.push(pixelCheck(`pixels, severity ${severity}`, made, output.pixels));
    for (const [name, expected] of Object.entries(statistics)) {
      const image = await input(name);
      const actual = imageStatistics(image.pixels, corruptImage(image, corruption, severity));
      const error = statisticsError(actual, expected);
      checks.push({ name: `figures of ${name}, severity ${severity}`, error, tolerance: STATISTICS_TOLERANCE });
    }
  }
  return [...checks, tableCheck(golden, corruption, size)];
}
