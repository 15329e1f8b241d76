import { createRandom, type Image, inverseComplexFft2d } from '@mfm/data';
import type { FrostStatistics } from './frost-statistics.ts';

/** Side of the periodic field that textures are cut from: a power of two, wider than the crops. */
const SIDE = 512;

/** Standard normal quantiles of 1, 5, 25, 50, 75, 95 and 99 %. */
const QUANTILES = [-2.3263, -1.6449, -0.6745, 0, 0.6745, 1.6449, 2.3263];

/** Piecewise linear through (xs, ys), going on straight beyond the ends. */
function interpolate(xs: readonly number[], ys: readonly number[], x: number): number {
  let i = 1;
  while (i < xs.length - 1 && x > xs[i]!) i++;
  const share = (x - xs[i - 1]!) / (xs[i]! - xs[i - 1]!);
  return ys[i - 1]! + share * (ys[i]! - ys[i - 1]!);
}

/** Frequency (cycles per pixel) that a ring stands for: its middle; of the first, where most of its energy is. */
const ringFrequency = (i: number) => (i === 0 ? 0.007 : (i + 0.5) / 64);

/** One cycle in 224 px: slower changes shift a crop's mean and are not in its spectrum. */
const SLOWEST = 1 / 224;

/** Distance from DC of each bin of the field, in cycles per pixel. */
function frequencies(): Float64Array {
  const frequency = (k: number) => (k <= SIDE / 2 ? k : k - SIDE) / SIDE;
  return Float64Array.from({ length: SIDE * SIDE }, (_, i) =>
    Math.hypot(frequency(Math.floor(i / SIDE)), frequency(i % SIDE)),
  );
}

/**
 * |F| of each bin. Within crops as measured, straight between the rings in logarithms; what is then missing of the whole
 * photograph's variance goes to the changes that are slower than a crop is wide.
 */
function amplitudes({ spectrum, deviation }: FrostStatistics): Float64Array {
  const xs = spectrum.map((_, i) => Math.log(ringFrequency(i)));
  const ys = spectrum.map((power) => Math.log(power) / 2);
  const distances = frequencies();
  const isSlow = (f: number) => f > 0 && f < SLOWEST;
  const size = distances.map((f) => (f < SLOWEST ? 0 : Math.exp(interpolate(xs, ys, Math.log(f)))));
  const variance = deviation.reduce((sum, value) => sum + (value / 255) ** 2, 0) / 3;
  const missing = Math.max(0, variance * SIDE * SIDE - size.reduce((sum, value) => sum + value * value, 0));
  const slow = Math.sqrt(missing / distances.reduce((count, f) => count + Number(isSlow(f)), 0));
  return size.map((value, i) => (isSlow(distances[i]!) ? slow : value));
}

/** Two independent periodic random fields of a photograph's spectrum: the parts of one complex transform. */
function randomFields(statistics: FrostStatistics): [Float64Array, Float64Array] {
  const size = amplitudes(statistics);
  const normals = createRandom(0, statistics.name).normals(2 * size.length);
  const re = size.map((value, i) => value * normals[2 * i]!);
  const im = size.map((value, i) => value * normals[2 * i + 1]!);
  const fields = inverseComplexFft2d({ re, im }, SIDE);
  return [fields.re, fields.im];
}

/** `[height, width]` of a periodic field, turned by 180° on request. */
function cut(field: Float64Array, width: number, height: number, isTurned: boolean): Float64Array {
  const out = new Float64Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const at = (y % SIDE) * SIDE + (x % SIDE);
      out[i] = field[isTurned ? SIDE * SIDE - 1 - at : at]!;
    }
  }
  return out;
}

/** Makes mean 0 and variance 1, and removes what is shared with fields that are so already; in place. */
function standardise(field: Float64Array, others: readonly Float64Array[]): Float64Array {
  const shift = (other: Float64Array | undefined, by: number) => {
    for (let i = 0; i < field.length; i++) field[i]! -= other ? by * other[i]! : by;
  };
  shift(undefined, field.reduce((sum, value) => sum + value, 0) / field.length);
  for (const other of others) {
    shift(other, field.reduce((sum, value, i) => sum + value * other[i]!, 0) / field.length);
  }
  const scale = 1 / Math.sqrt(field.reduce((sum, value) => sum + value * value, 0) / field.length);
  for (let i = 0; i < field.length; i++) field[i]! *= scale;
  return field;
}

/**
 * Makes a texture with the statistics of a frost photograph: means, deviations and correlation of its channels, its grey levels'
 * distribution and its power spectrum. It is no picture of frost: ice has shapes, a random field has none. Always the same.
 *
 * @returns uint8 RGB of the photograph's size
 */
export function frostTexture(statistics: FrostStatistics): Image {
  const { width, height, mean, deviation, correlation, percentiles } = statistics;
  const [first, second] = randomFields(statistics);
  const main = standardise(cut(first, width, height, false), []);
  // Green, which is nearest to grey, takes the distribution of the grey levels.
  for (let i = 0; i < main.length; i++) main[i] = interpolate(QUANTILES, percentiles, main[i]!);
  standardise(main, []);
  const redder = standardise(cut(second, width, height, false), [main]);
  const bluer = standardise(cut(second, width, height, true), [main, redder]);
  // Cholesky factor of the correlation matrix in the order green, red, blue.
  const [redGreen, redBlue, greenBlue] = correlation;
  const red = Math.sqrt(1 - redGreen ** 2);
  const blueByRed = (redBlue - redGreen * greenBlue) / red;
  const blue = Math.sqrt(1 - greenBlue ** 2 - blueByRed ** 2);
  const pixels = new Uint8Array(new SharedArrayBuffer(3 * width * height));
  const level = (channel: 0 | 1 | 2, value: number) =>
    Math.round(Math.max(0, Math.min(mean[channel] + deviation[channel] * value, 255)));
  for (let i = 0; i < main.length; i++) {
    const [u, v, w] = [main[i]!, redder[i]!, bluer[i]!];
    pixels[3 * i] = level(0, redGreen * u + red * v);
    pixels[3 * i + 1] = level(1, u);
    pixels[3 * i + 2] = level(2, greenBlue * u + blueByRed * v + blue * w);
  }
  return { pixels, width, height };
}
