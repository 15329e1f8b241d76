import { canny } from '../image/canny.ts';
import { distanceTransform } from '../image/distance-transform.ts';
import { gaussianFilter } from '../image/gaussian-filter.ts';
import { boxBlur, boxBlurBytes, correlate3, equalizeHistogram } from '../image/small-filters.ts';
import { toByte, UNIT32 } from '../image/unit-image.ts';
import { stochastic } from './corruption.ts';

/** Mean, deviation, σ and threshold of the liquid; its strength (water) or the σ of its outline (mud); 0 water, 1 mud. */
type SpatterParameters = readonly [
  mean: number,
  deviation: number,
  sigma: number,
  threshold: number,
  strength: number,
  isMud: number,
];

const { fround } = Math;
const float32 = (...levels: number[]) => levels.map((level) => fround(level / 255));

/** Pale turquoise, in RGB. */
const WATER = float32(175, 238, 238);
const MUD = float32(63, 42, 20);

/** Lights the drops from one side. */
const EMBOSS = [-2, -1, 0, -1, 1, 1, 0, 1, 2];

/** Where there is how much liquid, float64 `[H, W]`: 0 below the threshold. */
function liquidLayer(parameters: SpatterParameters, normals: ArrayLike<number>, width: number, height: number) {
  const [mean, deviation, sigma, threshold] = parameters;
  const plane = Float64Array.from(normals, (z) => mean + deviation * z);
  return gaussianFilter(plane, width, height, 1, sigma).map((value) => (value < threshold ? 0 : value));
}

/** Light on the drops: brightest in the middle of large ones, embossed. Bytes `[H, W]`. */
function relief(liquid: Uint8Array, width: number, height: number): Uint8Array {
  const distance = distanceTransform(canny(liquid, width, height, 50, 150), width, height);
  for (let i = 0; i < distance.length; i++) distance[i] = Math.min(distance[i]!, 20);
  const levels = equalizeHistogram(Uint8Array.from(boxBlur(distance, width, height)));
  const embossed = Uint8Array.from(correlate3(levels, width, height, EMBOSS), (v) => Math.max(0, Math.min(v, 255)));
  return boxBlurBytes(embossed, width, height);
}

/** What water adds of its colour, float32 `[H, W]`. Without a drop, nothing (the reference divides by 0 then). */
function waterMask(layer: Float64Array, width: number, height: number, strength: number): Float32Array {
  const liquid = Uint8Array.from(layer, (value) => value * 255);
  const light = relief(liquid, width, height);
  const mask = Float32Array.from(liquid, (value, i) => value * light[i]!);
  const most = mask.reduce((a, b) => Math.max(a, b), 0);
  if (most === 0) return mask;
  for (let i = 0; i < mask.length; i++) mask[i] = fround(mask[i]! / most) * fround(strength);
  return mask;
}

/** How far mud covers, float32 `[H, W]`: 0 or 0.8 to 1. */
function mudMask(layer: Float64Array, width: number, height: number, threshold: number, sigma: number): Float32Array {
  const covered = layer.map((value) => (value > threshold ? 1 : 0));
  const blurred = Float32Array.from(gaussianFilter(covered, width, height, 1, sigma, true));
  const least = fround(0.8);
  return blurred.map((value) => (value < least ? 0 : value));
}

/** Splashes of water (severities 1 to 3) or mud (4, 5). Draws: unit normals `[H, W]`. */
export const spatter = stochastic<SpatterParameters, ArrayLike<number>>({
  name: 'spatter',
  category: 'weather',
  extra: true,
  severities: {
    32: [
      [0.62, 0.1, 0.7, 0.7, 0.5, 0],
      [0.65, 0.1, 0.8, 0.7, 0.5, 0],
      [0.65, 0.3, 1, 0.69, 0.5, 0],
      [0.65, 0.1, 0.7, 0.69, 0.6, 1],
      [0.65, 0.1, 0.5, 0.68, 0.6, 1],
    ],
    64: [
      [0.62, 0.1, 0.7, 0.7, 0.6, 0],
      [0.65, 0.1, 0.8, 0.7, 0.6, 0],
      [0.65, 0.3, 1, 0.69, 0.6, 0],
      [0.65, 0.1, 0.7, 0.68, 0.6, 1],
      [0.65, 0.1, 0.5, 0.67, 0.6, 1],
    ],
    224: [
      [0.65, 0.3, 4, 0.69, 0.6, 0],
      [0.65, 0.3, 3, 0.68, 0.6, 0],
      [0.65, 0.3, 2, 0.68, 0.5, 0],
      [0.65, 0.3, 1, 0.65, 1.5, 1],
      [0.67, 0.4, 1, 0.65, 1.5, 1],
    ],
    299: [
      [0.65, 0.3, 4, 0.69, 0.9, 0],
      [0.65, 0.3, 3.5, 0.68, 0.9, 0],
      [0.65, 0.3, 3, 0.68, 0.8, 0],
      [0.65, 0.3, 1.2, 0.65, 1.8, 1],
      [0.67, 0.4, 1.2, 0.65, 1.8, 1],
    ],
  },
  draw: ({ width, height }, _, random) => random.normals(width * height),
  replay({ pixels, width, height }, parameters, normals) {
    const [, , , threshold, strength, isMud] = parameters;
    const layer = liquidLayer(parameters, normals, width, height);
    const mask = isMud ? mudMask(layer, width, height, threshold, strength) : waterMask(layer, width, height, strength);
    const colour = isMud ? MUD : WATER;
    const out = new Uint8Array(pixels.length);
    for (let p = 0, i = 0; p < mask.length; p++) {
      const cover = mask[p]!;
      const left = isMud ? fround(1 - cover) : 1;
      for (let c = 0; c < 3; c++, i++) {
        const value = fround(UNIT32[pixels[i]!]! * left);
        out[i] = fround(toByte(fround(value + fround(cover * colour[c]!))));
      }
    }
    return out;
  },
});
