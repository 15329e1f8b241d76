import type { Image } from '@mfm/data';
import { bilinearResize } from '../image/bilinear-resize.ts';
import { proceduralFrost } from '../texture/frost-textures.ts';
import { type CorruptionCheck, equalCheck, numbersCheck } from './check.ts';
import { cropFigures } from './crop-statistics.ts';
import type { CropStatistics, FrostPhotograph, GoldenFolder } from './golden-folder.ts';
import { ringBins } from './radial-power.ts';

/** Means, deviations and percentiles may differ by so many levels of 255. */
const LEVELS = 3;

const CORRELATION = 0.01;

/** Share of the mean step between neighbours. */
const GRADIENT = 0.1;

/** log10 of a ring's power: this, and three standard errors of a random field of the photograph's size. */
const SPECTRUM = 0.1;

/** By how much the reference shrinks its photographs before it crops, by size of the crop. */
const CROPS = [
  { side: 224, scale: 1 },
  { side: 64, scale: 0.3 },
  { side: 32, scale: 0.2 },
] as const;

const PERCENTILES = [1, 5, 25, 50, 75, 95, 99];

function wholeFigures({ pixels, width, height }: Image) {
  const count = width * height;
  const channel = (c: number, p: number) => pixels[3 * p + c]!;
  const grey = Float64Array.from(
    { length: count },
    (_, p) => (channel(0, p) + channel(1, p) + channel(2, p)) / 3,
  ).sort();
  const mean = [0, 1, 2].map((c) => {
    let sum = 0;
    for (let p = 0; p < count; p++) sum += channel(c, p);
    return sum / count;
  });
  const covariance = (a: number, b: number) => {
    let sum = 0;
    for (let p = 0; p < count; p++) sum += (channel(a, p) - mean[a]!) * (channel(b, p) - mean[b]!);
    return sum / count;
  };
  const std = [0, 1, 2].map((c) => Math.sqrt(covariance(c, c)));
  const correlation = (a: number, b: number) => covariance(a, b) / (std[a]! * std[b]!);
  return {
    mean,
    std,
    percentiles: PERCENTILES.map((percent) => grey[Math.round(((count - 1) * percent) / 100)]!),
    correlation: [correlation(0, 1), correlation(0, 2), correlation(1, 2)],
  };
}

const levels = (name: string, actual: ArrayLike<number>, expected: ArrayLike<number>): CorruptionCheck => ({
  ...numbersCheck(name, actual, expected, LEVELS),
  unit: 'levels',
});

/** A ring's power; a window correlates bins, so that fewer count (2.25 times fewer under Hann's in two dimensions). */
function spectrumChecks(
  name: string,
  actual: Float64Array,
  expected: readonly number[],
  side: number,
  independentCrops: number,
  correlated: number,
): CorruptionCheck[] {
  const bins = ringBins(side);
  return expected.flatMap((power, ring) => {
    if (power === 0) return [];
    const samples = (bins[ring]! / 2 / correlated) * independentCrops;
    const standardError = Math.LOG10E * Math.sqrt(2 / samples);
    const error = Math.abs(Math.log10(actual[ring]! / power));
    return [{ name: `${name} ${ring}`, error, tolerance: SPECTRUM + 3 * standardError, unit: 'log10' }];
  });
}

function cropChecks(texture: Image, side: number, scale: number, expected: CropStatistics): CorruptionCheck[] {
  const scaled = scale === 1 ? texture : bilinearResize(texture, scale);
  const { mean, within, gradient, power, windowedPower } = cropFigures(scaled, side);
  const name = (what: string) => `${what} of ${side} px crops`;
  const [storedMean, storedWithin] = [expected.mean_over_crops, expected.std_within_crop];
  const independent = Math.max(1, (scaled.width * scaled.height) / side ** 2);
  return [
    equalCheck(name('size'), [scaled.height, scaled.width], expected.resized_hw),
    { name: name('mean'), error: Math.abs(mean[0] - storedMean[0]) / storedMean[1], tolerance: 1, unit: 'sd' },
    { name: name('std'), error: Math.abs(within[0] - storedWithin[0]) / storedWithin[1], tolerance: 1, unit: 'sd' },
    {
      name: name('gradient'),
      error: Math.abs(gradient / expected.mean_abs_horizontal_gradient - 1),
      tolerance: GRADIENT,
      unit: 'relative',
    },
    ...spectrumChecks(name('psd'), power, expected.psd, side, independent, 1),
    ...spectrumChecks(name('psd_hann'), windowedPower, expected.psd_hann, side, independent, 2.25),
  ];
}

/** The procedural texture in place of a frost photograph: its size and figures, and those of its crops at each scale. */
export function checkTexture(golden: GoldenFolder, index: number): CorruptionCheck[] {
  const expected = golden.frost.find((photograph) => photograph.index === index) as FrostPhotograph;
  const texture = proceduralFrost(index);
  const { mean, std, percentiles, correlation } = wholeFigures(texture);
  const [red, green] = expected.rgb_correlation as [number[], number[]];
  return [
    equalCheck('size', [texture.height, texture.width], [expected.height, expected.width]),
    levels('mean_rgb', mean, expected.mean_rgb),
    levels('std_rgb', std, expected.std_rgb),
    levels('percentiles of grey', percentiles, expected.gray_percentiles_1_5_25_50_75_95_99),
    numbersCheck('rgb_correlation', correlation, [red[1]!, red[2]!, green[2]!], CORRELATION),
    ...CROPS.flatMap(({ side, scale }) => cropChecks(texture, side, scale, expected[`crop${side}`])),
  ];
}
