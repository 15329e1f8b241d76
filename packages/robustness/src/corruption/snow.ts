import { zoomPlane } from '../image/linear-zoom.ts';
import { motionFilter, motionKernel } from '../image/motion-filter.ts';
import { toByte, toBytes, UNIT, UNIT32 } from '../image/unit-image.ts';
import { stochastic } from './corruption.ts';

/** Mean, deviation, enlargement and threshold of the flakes; radius and σ of their motion; what is left of the image's colour. */
type SnowParameters = readonly [
  mean: number,
  deviation: number,
  zoom: number,
  threshold: number,
  radius: number,
  sigma: number,
  colour: number,
];

/** Unit normals `[H, W]` of the flakes, and where they fall to, in degrees from −135 to −45. */
interface SnowDraws {
  readonly normals: ArrayLike<number>;
  readonly angle: number;
}

const { fround } = Math;

/** OpenCV's luma weights in float32. */
const [RED, GREEN, BLUE] = [fround(0.299), fround(0.587), fround(0.114)];

/** Snow before it moves, uint8 `[H, W]`. */
function flakes(
  [mean, deviation, zoom, threshold]: SnowParameters,
  normals: ArrayLike<number>,
  width: number,
  height: number,
) {
  const plane = Float64Array.from(normals, (z) => mean + deviation * z);
  const zoomed = zoomPlane(plane, width, height, zoom);
  return toBytes(zoomed.map((value) => (value < threshold ? 0 : value)));
}

/** Falling snow over a paler image; the layer of flakes is used twice, the second time upside down. */
export const snow = stochastic<SnowParameters, SnowDraws>({
  name: 'snow',
  category: 'weather',
  extra: false,
  severities: {
    32: [
      [0.1, 0.2, 1, 0.6, 8, 3, 0.95],
      [0.1, 0.2, 1, 0.5, 10, 4, 0.9],
      [0.15, 0.3, 1.75, 0.55, 10, 4, 0.9],
      [0.25, 0.3, 2.25, 0.6, 12, 6, 0.85],
      [0.3, 0.3, 1.25, 0.65, 14, 12, 0.8],
    ],
    64: [
      [0.1, 0.2, 1, 0.6, 8, 3, 0.8],
      [0.1, 0.2, 1, 0.5, 10, 4, 0.8],
      [0.15, 0.3, 1.75, 0.55, 10, 4, 0.7],
      [0.25, 0.3, 2.25, 0.6, 12, 6, 0.65],
      [0.3, 0.3, 1.25, 0.65, 14, 12, 0.6],
    ],
    224: [
      [0.1, 0.3, 3, 0.5, 10, 4, 0.8],
      [0.2, 0.3, 2, 0.5, 12, 4, 0.7],
      [0.55, 0.3, 4, 0.9, 12, 8, 0.7],
      [0.55, 0.3, 4.5, 0.85, 12, 8, 0.65],
      [0.55, 0.3, 2.5, 0.85, 12, 12, 0.55],
    ],
    299: [
      [0.1, 0.3, 3, 0.5, 10, 4, 0.8],
      [0.2, 0.3, 2, 0.5, 12, 4, 0.7],
      [0.55, 0.3, 4, 0.9, 12, 8, 0.7],
      [0.55, 0.3, 4.5, 0.85, 12, 8, 0.65],
      [0.55, 0.3, 2.5, 0.85, 12, 12, 0.55],
    ],
  },
  draw: ({ width, height }, _, random) => ({
    normals: random.normals(width * height),
    angle: random.uniform(-135, -45),
  }),
  replay({ pixels, width, height }, parameters, { normals, angle }) {
    const [, , , , radius, sigma, colour] = parameters;
    const kernel = motionKernel(radius, sigma, angle);
    const layer = motionFilter(flakes(parameters, normals, width, height), width, height, 1, kernel);
    const kept = fround(colour);
    const pale = fround(1 - colour);
    const out = new Uint8Array(pixels.length);
    const last = width * height - 1;
    for (let p = 0, i = 0; p <= last; p++, i += 3) {
      const r = UNIT32[pixels[i]!]!;
      const g = UNIT32[pixels[i + 1]!]!;
      const b = UNIT32[pixels[i + 2]!]!;
      // Fused multiply-add, blue first.
      const gray = fround(RED * r + fround(GREEN * g + fround(BLUE * b)));
      const light = fround(fround(gray * 1.5) + 0.5);
      const fallen = UNIT[layer[p]!]!;
      const turned = UNIT[layer[last - p]!]!;
      for (let c = 0; c < 3; c++) {
        const value = UNIT32[pixels[i + c]!]!;
        const blended = fround(fround(kept * value) + fround(pale * Math.max(value, light)));
        out[i + c] = toByte(blended + fallen + turned);
      }
    }
    return out;
  },
});
