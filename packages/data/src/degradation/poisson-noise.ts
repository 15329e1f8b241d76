import { poissonSampler } from '../random/poisson.ts';
import type { Random } from '../random/random.ts';
import type { PlanarImage } from './planar-image.ts';

/** What an image counts as light: its levels, and how many counts stand for 1. */
export interface PoissonLevels {
  /** 0 … 255 of each pixel and channel: `[C, H, W]`, or `[1, H, W]` for gray. */
  readonly levels: Uint8Array;
  /** Counts at full brightness: the number of distinct levels, up to a power of two. */
  readonly counts: number;
}

const { fround } = Math;

/** Halves go to the even neighbour, as in NumPy. */
function roundHalfEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** ITU-R BT.601. */
const [RED, GREEN, BLUE] = [fround(0.299), fround(0.587), fround(0.114)];

/**
 * Luma of each pixel, rounded as OpenCV's `cvtColor` does (fused multiply-add, blue first): of 8-bit colours one in a
 * thousand lies half-way between two levels, where the last bit decides.
 */
function toGray({ data, width, height }: PlanarImage): Float32Array {
  const area = width * height;
  const gray = new Float32Array(area);
  for (let i = 0; i < area; i++) {
    const greenBlue = fround(fround(BLUE * data[i + 2 * area]!) + GREEN * data[i + area]!);
    gray[i] = greenBlue + RED * data[i]!;
  }
  return gray;
}

/**
 * Finds the levels that Poisson noise is drawn from.
 *
 * @param image float32 `[3, H, W]` in [0, 1]
 * @param gray of the luma instead of each channel
 */
export function poissonLevels(image: PlanarImage, gray: boolean): PoissonLevels {
  const source = gray ? toGray(image) : image.data;
  const levels = new Uint8Array(source.length);
  const seen = new Uint8Array(256);
  for (let i = 0; i < source.length; i++) {
    const level = Math.min(255, Math.max(0, roundHalfEven(fround(source[i]! * 255))));
    levels[i] = level;
    seen[level] = 1;
  }
  const distinct = seen.reduce((total, one) => total + one, 0);
  return { levels, counts: 2 ** Math.ceil(Math.log2(distinct)) };
}

/**
 * Adds shot noise: q is the image (or its luma) in 255 levels, noise = Poisson(q · counts) / counts − q, result = image +
 * scale · noise, not clamped. Its variance is scale² · q / counts.
 *
 * @param image float32 `[3, H, W]` in [0, 1]
 * @param scale factor of the noise
 * @param gray one plane of noise, drawn from the luma, for all channels
 * @returns float32 `[3, H, W]`
 */
export function addPoissonNoise(
  image: PlanarImage,
  { scale, gray }: { scale: number; gray: boolean },
  random: Random,
): Float32Array {
  const { levels, counts } = poissonLevels(image, gray);
  const samplers: ReturnType<typeof poissonSampler>[] = [];
  const noise = new Float64Array(levels.length);
  for (let i = 0; i < noise.length; i++) {
    const level = levels[i]!;
    const q = fround(level / 255);
    samplers[level] ??= poissonSampler(q * counts);
    noise[i] = scale * (samplers[level](random) / counts - q);
  }
  return image.data.map((value, i) => value + noise[i % noise.length]!);
}
