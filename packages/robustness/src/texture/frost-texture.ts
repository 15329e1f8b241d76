import { createRandom, type Image, inverseComplexFft2d } from '@mfm/data';
import type { FrostStatistics } from './frost-statistics.ts';
import { quantileMap } from './quantile-map.ts';

/** Side of the periodic field that textures are cut from: a power of two, wider than the crops. */
const SIDE = 512;

/** One cycle in 224 px: slower changes shift a crop's mean and are not in its spectrum. */
const SLOWEST = 1 / 224;

/** Level that nothing is below, and where levels begin to be raised to it: photographs have no black, not even in red. */
const FLOOR = 8;
const KNEE = 24;

/** Waves of the local contrast, in cycles per field: 64 to 170 px long. */
const CONTRAST_WAVES = 12;
const [FEWEST_CYCLES, MOST_CYCLES] = [3, 8];

/** Cycles per pixel that the first ring stands for: most of its energy is at its lower end. */
const FIRST_RING = 0.007;

/** Cycles per pixel below which changes keep their size everywhere: varied, they would spill over into the rings above, where there is little. */
const FINEST_COARSE = 3 / 64;

/** Standard deviation of one bin of the orthonormal transform, by frequency in cycles per pixel. */
type Amplitude = (frequency: number) => number;

/** Straight between the rings in logarithms; below the first ring's middle on as steep. */
function amplitudeOf({ spectrum, shape }: FrostStatistics): Amplitude {
  const middles = spectrum.map((_, ring) => Math.log(ring === 0 ? FIRST_RING : (ring + 0.5) / 64));
  const logs = spectrum.map((power, ring) => Math.log(ring === 0 ? shape.slowest * power : power) / 2);
  return (frequency) => {
    if (frequency < SLOWEST) return 0;
    const ring = Math.min(Math.max(Math.floor(frequency * 64 - 0.5), 0), spectrum.length - 2);
    const share = (Math.log(frequency) - middles[ring]!) / (middles[ring + 1]! - middles[ring]!);
    return Math.exp(logs[ring]! + share * (logs[ring + 1]! - logs[ring]!));
  };
}

/** Two independent periodic random fields of a power spectrum: the parts of one complex transform. */
function randomFields(amplitude: Amplitude, name: string, purpose: string): [Float64Array, Float64Array] {
  const frequency = (k: number) => (k <= SIDE / 2 ? k : k - SIDE) / SIDE;
  const normals = createRandom(0, name, purpose).normals(2 * SIDE * SIDE);
  const re = new Float64Array(SIDE * SIDE);
  const im = new Float64Array(SIDE * SIDE);
  for (let i = 0; i < re.length; i++) {
    const size = SIDE * amplitude(Math.hypot(frequency(Math.floor(i / SIDE)), frequency(i % SIDE)));
    re[i] = size * normals[2 * i]!;
    im[i] = size * normals[2 * i + 1]!;
  }
  const fields = inverseComplexFft2d({ re, im }, SIDE);
  return [fields.re, fields.im];
}

/**
 * Local contrast, periodic: e^(k·n) of a smooth unit field n, its mean square 1. Frost has plain and rough places, so that its steps between
 * neighbours are smaller in the mean than those of a field of the same spectrum without.
 */
function localContrast({ name, shape }: FrostStatistics): Float64Array {
  const random = createRandom(1, name);
  const field = new Float64Array(SIDE * SIDE);
  const size = shape.contrast * Math.sqrt(2 / CONTRAST_WAVES);
  for (let wave = 0; wave < CONTRAST_WAVES; wave++) {
    const cycles = random.uniform(FEWEST_CYCLES, MOST_CYCLES);
    const angle = random.uniform(0, Math.PI);
    const phase = random.uniform(0, 2 * Math.PI);
    const x = (2 * Math.PI * Math.round(cycles * Math.cos(angle))) / SIDE;
    const y = (2 * Math.PI * Math.round(cycles * Math.sin(angle))) / SIDE;
    for (let i = 0; i < field.length; i++) {
      field[i]! += size * Math.cos(phase + x * (i % SIDE) + y * Math.floor(i / SIDE));
    }
  }
  return field.map((value) => Math.exp(value - shape.contrast ** 2));
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

/** Changes over the whole photograph, `[height, width]`: a slope, and edges that are brighter (or darker) than the middle. */
function slowField({ width, height, shape }: FrostStatistics): Float64Array {
  const out = new Float64Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [across, down] = [(2 * x) / (width - 1) - 1, (2 * y) / (height - 1) - 1];
      out[i] = shape.across * across + shape.down * down + shape.edge * (across ** 6 + down ** 6 - 2 / 7);
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

/** How red, green and blue follow the grey level, and what is left of red and blue: grey is the mean of the three. */
function colourModel({ deviation, correlation }: FrostStatistics) {
  const [red, green, blue] = deviation;
  const [redGreen, redBlue, greenBlue] = correlation;
  const covariance = [
    [red * red, redGreen * red * green, redBlue * red * blue],
    [redGreen * red * green, green * green, greenBlue * green * blue],
    [redBlue * red * blue, greenBlue * green * blue, blue * blue],
  ];
  const withGrey = covariance.map((row) => (row[0]! + row[1]! + row[2]!) / 3) as [number, number, number];
  const grey = (withGrey[0] + withGrey[1] + withGrey[2]) / 3;
  const gain = withGrey.map((value) => value / grey) as [number, number, number];
  const left = (a: number, b: number) => covariance[a]![b]! - gain[a]! * gain[b]! * grey;
  // Cholesky factor of what is left of red and blue; green is minus both.
  const redLeft = Math.sqrt(left(0, 0));
  const blueByRed = left(0, 2) / redLeft;
  return { gain, redLeft, blueByRed, blueLeft: Math.sqrt(Math.max(0, left(2, 2) - blueByRed ** 2)) };
}

function level(value: number): number {
  const raised = value < KNEE ? FLOOR + (KNEE - FLOOR) * Math.exp((value - KNEE) / (KNEE - FLOOR)) : value;
  return Math.round(Math.min(raised, 255));
}

/**
 * Makes a texture with the statistics of a frost photograph: its grey levels' distribution, means, deviations and correlation of its channels, its
 * power spectrum, and how much its crops differ. It is no picture of frost: ice has shapes, a random field has none. Always the same.
 *
 * @returns uint8 RGB of the photograph's size
 */
export function frostTexture(statistics: FrostStatistics): Image {
  const { name, width, height, mean, deviation, percentiles } = statistics;
  const amplitude = amplitudeOf(statistics);
  const [coarse] = randomFields((f) => (f < FINEST_COARSE ? amplitude(f) : 0), name, 'coarse');
  const [fine] = randomFields((f) => (f < FINEST_COARSE ? 0 : amplitude(f)), name, 'fine');
  const [colour] = randomFields(amplitude, name, 'colour');
  const contrast = localContrast(statistics);
  for (let i = 0; i < fine.length; i++) fine[i] = coarse[i]! + fine[i]! * contrast[i]!;
  const slow = slowField(statistics);
  const deviationOfAll = Math.sqrt(deviation.reduce((sum, value) => sum + (value / 255) ** 2, 0) / 3);
  const grey = cut(fine, width, height, false).map((value, i) => value / deviationOfAll + slow[i]!);
  const follows = standardise(quantileMap(grey, percentiles), []);
  const greyLevels = quantileMap(grey, percentiles);
  const red = standardise(cut(colour, width, height, false), [follows]);
  const blue = standardise(cut(colour, width, height, true), [follows, red]);
  const { gain, redLeft, blueByRed, blueLeft } = colourModel(statistics);
  const greyMean = (mean[0] + mean[1] + mean[2]) / 3;
  const pixels = new Uint8Array(new SharedArrayBuffer(3 * width * height));
  for (let i = 0; i < greyLevels.length; i++) {
    const from = greyLevels[i]! - greyMean;
    const ofRed = redLeft * red[i]!;
    const ofBlue = blueByRed * red[i]! + blueLeft * blue[i]!;
    pixels[3 * i] = level(mean[0] + gain[0] * from + ofRed);
    pixels[3 * i + 1] = level(mean[1] + gain[1] * from - ofRed - ofBlue);
    pixels[3 * i + 2] = level(mean[2] + gain[2] * from + ofBlue);
  }
  return { pixels, width, height };
}
