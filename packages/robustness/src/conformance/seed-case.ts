import { corruptImage } from '../corruption/corrupt-image.ts';
import { type Corruption, SEVERITIES } from '../corruption/corruption.ts';
import type { CorruptionCheck } from './check.ts';
import type { GoldenFolder, SeedStatistics } from './golden-folder.ts';
import { imageStatistics } from './image-statistics.ts';
import { radialPower } from './radial-power.ts';

/** Seeds of this side; 224 px costs ten times as much as 64. */
const seedCount = (side: number): number => (side > 100 ? 32 : 48);

/**
 * Largest standard errors by which a mean may differ. Of the 20,000 means of a whole folder one in seven such comparisons would hold one beyond by chance; with
 * the reference's 40 to 48 seeds it is its mean ± its standard deviation.
 */
const MEAN_BOUND = 4.5;

/** The same for the logarithm of the deviation over seeds. It is taken for that of a normal distribution, which not all are. */
const SPREAD_BOUND = 6;

/** What is counted in single pixels is far from normal where there are few of them: its spread says nothing. */
const COUNTED = ['changed_values', 'changed_pixels', 'sat255', 'zero'];

/** The stored figures have six digits. */
const ROUNDING = 1e-5;

interface Moments {
  readonly mean: number;
  readonly sd: number;
  readonly seeds: number;
}

function moments(values: readonly number[]): Moments {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (values.length - 1)), seeds: values.length };
}

/** Difference of two means in standard errors, the variance pooled; 0 where they are equal up to the digits stored. */
function meanScore(actual: Moments, expected: Moments): number {
  const difference = Math.abs(actual.mean - expected.mean);
  if (difference <= ROUNDING * Math.abs(expected.mean) + 1e-12) return 0;
  const squares = (actual.seeds - 1) * actual.sd ** 2 + (expected.seeds - 1) * expected.sd ** 2;
  const variance = squares / (actual.seeds + expected.seeds - 2);
  return difference / Math.sqrt(variance * (1 / actual.seeds + 1 / expected.seeds));
}

/** Logarithm of the ratio of two deviations in standard errors of normal samples. */
function spreadScore(actual: Moments, expected: Moments): number {
  if (actual.sd < 1e-9 || expected.sd < 1e-9) return 0;
  const error = Math.sqrt(0.5 / (actual.seeds - 1) + 0.5 / (expected.seeds - 1));
  return Math.abs(Math.log(actual.sd / expected.sd)) / error;
}

/** One list of figures per seed, by statistic. */
type Samples = Map<string, number[][]>;

function addSample(samples: Samples, name: string, values: readonly number[]): void {
  const list = samples.get(name) ?? [];
  samples.set(name, list);
  list.push([...values]);
}

function expectedMoments(expected: SeedStatistics, statistic: string): { mean: number[]; sd: number[] } | undefined {
  if (statistic === 'psd') return { mean: expected.psd.log10_mean, sd: expected.psd.log10_sd };
  const value = expected[statistic];
  return typeof value === 'object' && 'mean' in value ? value : undefined;
}

function compare(label: string, samples: Samples, expected: SeedStatistics): CorruptionCheck[] {
  const checks: CorruptionCheck[] = [];
  for (const [statistic, list] of samples) {
    const reference = expectedMoments(expected, statistic);
    if (!reference) continue;
    list[0]!.forEach((_, i) => {
      const actual = moments(list.map((values) => values[i]!));
      const stored = {
        mean: reference.mean[i] ?? Number.NaN,
        sd: reference.sd[i] ?? Number.NaN,
        seeds: expected.n_seeds,
      };
      const name = `${statistic}${list[0]!.length > 1 ? ` ${i}` : ''}, ${label}`;
      checks.push({ name, error: meanScore(actual, stored), tolerance: MEAN_BOUND, unit: 'z' });
      if (COUNTED.includes(statistic)) return;
      const error = spreadScore(actual, stored);
      checks.push({ name: `spread of ${name}`, error, tolerance: SPREAD_BOUND, unit: 'z' });
    });
  }
  return checks;
}

/**
 * A stochastic corruption at one size over many seeds: every statistic of every image and severity, the radial power spectrum of what was changed
 * among them, against the reference's mean and deviation over its seeds.
 */
export async function checkSeeds(
  golden: GoldenFolder,
  corruption: Corruption,
  size: string,
): Promise<CorruptionCheck[]> {
  const side = Number(size);
  const checks: CorruptionCheck[] = [];
  for (const severity of SEVERITIES) {
    const images = Object.entries(golden.seeds[size]?.[corruption.name]?.[severity] ?? {});
    for (const [sample, [name, expected]] of images.entries()) {
      const input = await golden.input(name, size);
      const samples: Samples = new Map();
      for (let seed = 0; seed < seedCount(side); seed++) {
        const out = corruptImage(input, corruption, severity, { seed, sample });
        for (const [statistic, value] of Object.entries(imageStatistics(input.pixels, out))) {
          addSample(samples, statistic, [value].flat());
        }
        const change = (pixel: number, channel: number) => {
          const i = 3 * pixel + channel;
          return (out[i]! - input.pixels[i]!) / 255;
        };
        addSample(
          samples,
          'psd',
          Array.from(radialPower(side, change), (power) => Math.log10(power + 1e-12)),
        );
      }
      checks.push(...compare(`${name}, severity ${severity}`, samples, expected));
    }
  }
  return checks;
}
