import {
  addGaussianNoise,
  addPoissonNoise,
  type BlurKernelOptions,
  blurKernel,
  createRandom,
  filter2d,
  type KernelFamily,
  type PlanarImage,
  poissonLevels,
} from '@mfm/data';
import type { ReadTensor } from '@mfm/models';
import { absoluteCheck, type Check, type Outcome, relativeCheck } from '../check/check.ts';
import { TOLERANCE } from '../check/tolerances.ts';
import type { GoldenCase } from '../golden/golden-case.ts';
import { NoiseStatistics } from '../golden/noise-statistics.ts';

interface KernelEntry {
  name: string;
  kernel_size: number;
  type: KernelFamily;
  sigma_x?: number;
  sigma_y?: number;
  theta?: number;
  beta?: number;
  omega?: number;
}

/** What was measured over many draws; `sigma` for Gaussian noise, `scale` and what follows for Poisson noise. */
interface NoiseEntry {
  sigma?: number;
  scale?: number;
  draws: number;
  mean: number;
  std?: number;
  cross_channel_corr?: number;
  channels_equal: boolean;
  unique_values?: number;
  vals?: number;
  mean_variance_measured?: number;
}

type Tensors = Record<string, ReadTensor>;

/**
 * Bound of statistics, in standard errors of the difference. The seed is fixed, so that it decides once for a case whether a
 * right sampler fails by chance: less often than once in 10,000 cases of some thousand pixels.
 */
const SAMPLING = 6;

function kernelOptions(entry: KernelEntry): BlurKernelOptions {
  const { type: family, kernel_size: size, omega = Math.PI, sigma_x: sigmaX = 1, sigma_y, theta, beta } = entry;
  if (family === 'sinc') return { family, size, omega };
  return {
    ...{ family, size, sigmaX },
    ...(sigma_y !== undefined && { sigmaY: sigma_y }),
    ...(theta !== undefined && { angle: theta }),
    ...(beta !== undefined && { beta }),
  };
}

/**
 * Elliptic kernels come from a matrix product in float32, whose last bit depends on the library under the official code, and
 * which a thin ellipse magnifies.
 */
const kernelTolerance = (family: KernelFamily) => (family.endsWith('aniso') ? TOLERANCE.output : TOLERANCE.float64);

function kernelChecks(entry: KernelEntry, image: PlanarImage, tensors: Tensors): Check[] {
  const { name, type } = entry;
  const kernel = blurKernel(kernelOptions(entry));
  const blurred = filter2d(image, kernel);
  return [
    relativeCheck(`${name}/kernel`, kernel, tensors[`${name}/kernel`]?.data ?? [], kernelTolerance(type)),
    relativeCheck(`${name}/blurred`, blurred, tensors[`${name}/blurred`]?.data ?? [], TOLERANCE.output),
  ];
}

/** Difference of two measured numbers in standard errors. */
const sampled = (name: string, actual: number, expected: number, standardError: number): Check => ({
  name,
  error: Math.abs(actual - expected) / standardError,
  tolerance: SAMPLING,
});

/** Gaussian noise: mean, deviation and correlation of channels. */
function gaussianChecks(name: string, entry: NoiseEntry, image: PlanarImage): Check[] {
  const { sigma = 0, draws, channels_equal: gray } = entry;
  const statistics = new NoiseStatistics(image, gray);
  for (let draw = 0; draw < draws; draw++) {
    statistics.add(addGaussianNoise(image, { sigma, gray }, createRandom(0, draw, 0, name)));
  }
  const { count } = statistics;
  const checks = [
    // Both sides were measured: the variance of a difference is twice that of one.
    sampled(`${name}/mean`, statistics.mean, entry.mean, sigma * Math.sqrt(2 / count)),
    sampled(`${name}/std`, statistics.deviation, entry.std ?? Number.NaN, sigma / Math.sqrt(count)),
    absoluteCheck(`${name}/channels_equal`, [statistics.channelsEqual ? 1 : 0], [gray ? 1 : 0], 0),
  ];
  if (gray) return checks;
  const perChannel = count / 3;
  const correlation = sampled(
    `${name}/cross_channel_corr`,
    statistics.correlation,
    entry.cross_channel_corr ?? Number.NaN,
    Math.sqrt(2 / perChannel),
  );
  return [...checks, correlation];
}

/** Poisson noise: its levels exactly, its mean and its variance pixel by pixel. */
function poissonChecks(name: string, entry: NoiseEntry, image: PlanarImage, tensors: Tensors): Check[] {
  const { scale = 1, draws, channels_equal: gray } = entry;
  const { levels, counts } = poissonLevels(image, gray);
  const statistics = new NoiseStatistics(image, gray);
  for (let draw = 0; draw < draws; draw++) {
    statistics.add(addPoissonNoise(image, { scale, gray }, createRandom(0, draw, 0, name)));
  }
  const expected = Array.from(tensors[`${name}/expected_variance`]?.data ?? [], Number).slice(0, levels.length);
  const total = expected.reduce((sum, variance) => sum + variance, 0);
  // Of a sample variance: 2σ⁴ + (fourth cumulant), which for Poisson noise is σ⁴ / λ; λ = σ² · (counts / scale)².
  const errors = expected.map((variance) => {
    const mean = variance * (counts / scale) ** 2;
    return variance === 0 ? 0 : variance * Math.sqrt((2 + 1 / mean) / draws);
  });
  const meanVarianceError = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0)) / levels.length;
  const measured = statistics.variances();
  const deviations = expected.map((variance, i) => (measured[i]! - variance) / (errors[i]! || 1));
  const quantised = Float32Array.from(levels, (level) => level / 255);
  return [
    absoluteCheck(`${name}/quantised`, quantised, tensors[`${name}/quantised`]?.data ?? [], 0),
    absoluteCheck(`${name}/vals`, [new Set(levels).size, counts], [entry.unique_values ?? 0, entry.vals ?? 0], 0),
    absoluteCheck(`${name}/channels_equal`, [statistics.channelsEqual ? 1 : 0], [gray ? 1 : 0], 0),
    sampled(`${name}/mean`, statistics.mean, entry.mean, Math.sqrt((2 * total) / draws) / levels.length),
    sampled(
      `${name}/mean_variance`,
      measured.reduce((sum, variance) => sum + variance, 0) / measured.length,
      entry.mean_variance_measured ?? Number.NaN,
      meanVarianceError * Math.SQRT2,
    ),
    absoluteCheck(`${name}/expected_variance`, deviations, new Float64Array(levels.length), SAMPLING),
  ];
}

/** Kind `degradations`: blur kernels and what they make of an image; statistics of the noises. */
export async function runDegradations(golden: GoldenCase): Promise<Outcome> {
  const tensors = await golden.tensors();
  const { shape, data } = tensors.image!;
  const image: PlanarImage = { data: Float32Array.from(data, Number), width: shape[2]!, height: shape[1]! };
  const { kernels, noise } = golden.json as { kernels: KernelEntry[]; noise: Record<string, NoiseEntry> };
  const checks = kernels.flatMap((entry) => kernelChecks(entry, image, tensors));
  for (const [name, entry] of Object.entries(noise)) {
    const isPoisson = entry.scale !== undefined;
    checks.push(...(isPoisson ? poissonChecks(name, entry, image, tensors) : gaussianChecks(name, entry, image)));
  }
  return { checks };
}
