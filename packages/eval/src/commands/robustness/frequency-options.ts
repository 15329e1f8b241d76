import { didYouMean, integerOption, numberListOption, numberOption, UserError } from '@mfm/cli';
import {
  BAND_NOISE_DEVIATIONS,
  BAND_SHAPES,
  type BandShape,
  FREQUENCY_TESTS,
  filterRadii,
  type TestCase,
  withPerturbationSpectrum,
} from '@mfm/robustness';
import type { Command } from '../eval-command.ts';
import type { RobustnessSection } from './robustness-section.ts';

/** Frequency analyses with a driver of their own, beside the families of tests in `FREQUENCY_TESTS`. */
const DRIVEN = [
  { name: 'heatmap', summary: 'Fourier heat map: error by the frequency of a perturbation (Yin et al. 2019)' },
  { name: 'perturbation-spectrum', summary: 'spectrum of what each attack adds to the images' },
  { name: 'ring-error', summary: 'error of a reconstruction model by ring of the spectrum' },
] as const;

/** What is analysed by frequency, and how. */
export interface FrequencyOptions {
  readonly frequency?: readonly string[];
  readonly filterRadii?: readonly number[];
  readonly filterShapes?: readonly BandShape[];
  readonly bandNoise?: readonly number[];
  readonly heatmapImages: number;
  readonly heatmapSize?: number;
  readonly heatmapNorm?: number;
  readonly reconstructionModel?: readonly string[];
}

/** What needs another option too, and is not part of `all`: attacks, a model that reconstructs. */
const NEEDS_MORE: readonly string[] = ['perturbation-spectrum', 'ring-error'];

const NAMES: readonly string[] = [...FREQUENCY_TESTS, ...DRIVEN].map(({ name }) => name);

const list = (text: string) => text.split(',').map((part) => part.trim());

function oneOf<T extends string>(option: string, known: readonly T[], part: string): T {
  const found = known.find((name) => name === part);
  if (found) return found;
  throw new UserError(`${option}: must be known, got "${part}"${didYouMean(part, known)}`);
}

function parseAnalyses(text: string): string[] {
  if (text === 'none') return [];
  if (text === 'all') return NAMES.filter((name) => !NEEDS_MORE.includes(name));
  return [...new Set(list(text).map((part) => oneOf('--frequency', NAMES, part)))];
}

function addOptions(command: Command): Command {
  const analyses = [...FREQUENCY_TESTS, ...DRIVEN].map(({ name, summary }) => `${name}: ${summary}`).join('; ');
  return command
    .option(
      '--frequency <names>',
      `comma-separated, or "all" (without ${NEEDS_MORE.join(' and ')}) or "none" (default). ${analyses}`,
      parseAnalyses,
    )
    .option(
      '--filter-radii <numbers>',
      `of the low- and high-pass filters, in cycles per image; default: ${filterRadii(224).join(',')} at 224 px, the same share elsewhere`,
      numberListOption('--filter-radii'),
    )
    .option('--filter-shapes <names>', `${BAND_SHAPES.join(', ')}; default: disc`, (text) =>
      list(text).map((part) => oneOf('--filter-shapes', BAND_SHAPES, part)),
    )
    .option(
      '--band-noise <numbers>',
      `standard deviations of the noise of critical-band; default: ${BAND_NOISE_DEVIATIONS.slice(1).join(',')}`,
      numberListOption('--band-noise', { most: 1 }),
    )
    .option(
      '--heatmap-images <n>',
      'images of the Fourier heat map and of ring-error, chosen by the seed',
      integerOption('--heatmap-images'),
      100,
    )
    .option(
      '--heatmap-size <n>',
      'side of the heat map in frequencies; default: all up to 64 px, 63 above',
      integerOption('--heatmap-size'),
    )
    .option(
      '--heatmap-norm <x>',
      'l2 norm of its perturbation per channel; default: 4.0 at 32 px, 15.7 at 224 px',
      numberOption('--heatmap-norm'),
    )
    .option('--reconstruction-model <files...>', 'ONNX files of "pnpm export --head reconstruction", for ring-error');
}

/** Whether an analysis was asked for. */
export const wants = ({ frequency = [] }: FrequencyOptions, name: string): boolean => frequency.includes(name);

/** An attack's test, measuring the spectrum of its perturbation if that was asked for. */
export const measureAttack = (options: FrequencyOptions, test: TestCase): TestCase =>
  wants(options, 'perturbation-spectrum') ? withPerturbationSpectrum(test) : test;

/** Options and tests of the frequency analysis; the heat map and the error by ring have drivers (`runHeatMap`, `runRingErrors`). */
export const frequencySection: RobustnessSection<FrequencyOptions> = {
  addOptions,
  async sharedTests(options, { imageSize: side, seed }) {
    const { filterShapes: shapes = ['disc'], filterRadii: radii, bandNoise: deviations } = options;
    const settings = { side, seed, shapes, ...(radii && { radii }), ...(deviations && { deviations }) };
    return {
      tests: FREQUENCY_TESTS.filter(({ name }) => wants(options, name)).flatMap((family) => family.tests(settings)),
    };
  },
};
