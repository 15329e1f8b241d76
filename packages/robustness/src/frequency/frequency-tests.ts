import { didYouMean, UserError } from '@mfm/cli';
import { toImages } from '../evaluate/test-batch.ts';
import type { TestCase } from '../evaluate/test-case.ts';
import { BAND_CONTRAST, BAND_MEAN, BAND_NOISE_DEVIATIONS, bandCentres, maskCriticalBand } from './critical-band.ts';
import { type BandShape, type Pass, passFilter } from './pass-filter.ts';

/** What the frequency tests are made for. */
export interface FrequencySettings {
  /** Side of the square images in pixels. */
  readonly side: number;
  readonly seed: number;
  /** Shapes of the low- and high-pass filters. */
  readonly shapes: readonly BandShape[];
  /** Radii in bins; default {@link filterRadii}. */
  readonly radii?: readonly number[];
  /** Standard deviations of the noise of critical-band masking; 0 is always measured. */
  readonly deviations?: readonly number[];
}

/** Radii of the filters at 224 px, in bins; 16 is the radius of MFM's own masks. */
const RADII_AT_224 = [4, 8, 16, 24, 32, 48, 64, 96, 112] as const;

/** Radii that cut the same share of the spectrum at any side, to two decimals. */
export const filterRadii = (side: number): number[] =>
  RADII_AT_224.map((r) => Math.round((100 * r * side) / 224) / 100);

/** A family of tests, each a column of the suite. */
export interface FrequencyTest {
  readonly name: string;
  /** One line for the command's help. */
  readonly summary: string;
  tests(settings: FrequencySettings): TestCase[];
}

function passTests(
  { side, shapes, radii = filterRadii(side) }: FrequencySettings,
  passes: readonly Pass[],
): TestCase[] {
  return passes.flatMap((pass) =>
    shapes.flatMap((shape) =>
      radii.map((radius) => ({
        id: `${pass}/${shape}/${radius}`,
        section: 'frequency' as const,
        settings: { pass, shape, radius },
        transform: async (batch) => passFilter(toImages(batch), { pass, shape, radius }),
      })),
    ),
  );
}

function criticalBandTests({ side, seed, deviations = BAND_NOISE_DEVIATIONS }: FrequencySettings): TestCase[] {
  const test = (id: string, centre: number, deviation: number): TestCase => ({
    id: `critical-band/${id}`,
    section: 'frequency',
    settings: { centre, deviation, seed, contrast: BAND_CONTRAST, mean: BAND_MEAN },
    transform: async (batch) => maskCriticalBand(toImages(batch), { centre, deviation, seed }),
  });
  const noisy = bandCentres(side).flatMap((centre) =>
    deviations
      .filter((deviation) => deviation > 0)
      .map((deviation) => test(`${centre}/${deviation}`, centre, deviation)),
  );
  return [test('no-noise', 0, 0), ...noisy];
}

/** Frequency analysis whose tests change each image by itself. The Fourier heat map and the error per ring have drivers of their own. */
export const FREQUENCY_TESTS: readonly FrequencyTest[] = [
  {
    name: 'low-pass',
    summary: 'accuracy on low frequencies alone, by radius',
    tests: (settings) => passTests(settings, ['low-pass']),
  },
  {
    name: 'high-pass',
    summary: 'accuracy on high frequencies alone, by radius, with and without the mean',
    tests: (settings) => passTests(settings, ['high-pass', 'high-pass-mean']),
  },
  {
    name: 'critical-band',
    summary: 'accuracy in noise of one octave, by band and strength (Subramanian et al. 2023)',
    tests: criticalBandTests,
  },
];

/** @throws UserError for an unknown name, offering the nearest */
export function findFrequencyTest(name: string): FrequencyTest {
  const found = FREQUENCY_TESTS.find((test) => test.name === name);
  if (found) return found;
  const names = FREQUENCY_TESTS.map((test) => test.name);
  throw new UserError(`findFrequencyTest: the test must be known, got "${name}"${didYouMean(name, names)}`);
}
