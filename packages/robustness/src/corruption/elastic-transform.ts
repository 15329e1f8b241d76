import { displace } from '../image/displace.ts';
import { reflectedGaussian } from '../image/reflected-gaussian.ts';
import { toByte, UNIT32 } from '../image/unit-image.ts';
import { affineThrough, type Point, warpAffine } from '../image/warp-affine.ts';
import { stochastic } from './corruption.ts';

/** [strength and σ of the displacement field, largest shift of the affine map's points], in pixels */
type ElasticParameters = readonly [alpha: number, sigma: number, range: number];

/** Uniforms in [0, 1). */
interface ElasticDraws {
  /** Shifts of the three points, `[3, 2]`, x first. */
  readonly points: ArrayLike<number>;
  /** Displacements before they are smoothed, `[H, W]`. */
  readonly dx: ArrayLike<number>;
  readonly dy: ArrayLike<number>;
}

const { fround } = Math;

/** Moves three points about the centre; undefined for images too small to have three. */
function randomAffine(width: number, height: number, range: number, uniforms: ArrayLike<number>) {
  const [middleX, middleY] = [Math.floor(height / 2), Math.floor(width / 2)];
  const side = Math.floor(Math.min(width, height) / 3);
  // The reference takes (row, column) for (x, y) here; the same for square images.
  const from: Point[] = [
    [middleX + side, middleY + side],
    [middleX + side, middleY - side],
    [middleX - side, middleY - side],
  ];
  const shift = (i: number) => fround(-range + 2 * range * uniforms[i]!);
  const to = from.map(([x, y], i): Point => [fround(x + shift(2 * i)), fround(y + shift(2 * i + 1))]);
  return affineThrough(from, to);
}

/** A random affine map, then random local displacements. */
export const elasticTransform = stochastic<ElasticParameters, ElasticDraws>({
  name: 'elastic_transform',
  category: 'digital',
  extra: false,
  severities: {
    32: [
      [0, 0, 32 * 0.08],
      [32 * 0.05, 32 * 0.2, 32 * 0.07],
      [32 * 0.08, 32 * 0.06, 32 * 0.06],
      [32 * 0.1, 32 * 0.04, 32 * 0.05],
      [32 * 0.1, 32 * 0.03, 32 * 0.03],
    ],
    64: [
      [0, 0, 64 * 0.08],
      [64 * 0.05, 64 * 0.3, 64 * 0.06],
      [64 * 0.1, 64 * 0.08, 64 * 0.06],
      [64 * 0.1, 64 * 0.03, 64 * 0.03],
      [64 * 0.16, 64 * 0.03, 64 * 0.02],
    ],
    // 244, not 224: so the published images were made.
    224: [
      [244 * 2, 244 * 0.7, 244 * 0.1],
      [244 * 2, 244 * 0.08, 244 * 0.2],
      [244 * 0.05, 244 * 0.01, 244 * 0.02],
      [244 * 0.07, 244 * 0.01, 244 * 0.02],
      [244 * 0.12, 244 * 0.01, 244 * 0.02],
    ],
    299: [
      [360 * 2, 360 * 0.7, 360 * 0.1],
      [360 * 2, 360 * 0.08, 360 * 0.2],
      [360 * 0.05, 360 * 0.01, 360 * 0.02],
      [360 * 0.07, 360 * 0.01, 360 * 0.02],
      [360 * 0.12, 360 * 0.01, 360 * 0.02],
    ],
  },
  draw({ width, height }, _, random) {
    const unit = (count: number) => Float64Array.from(random.words(count), (word) => word / 2 ** 32);
    return { points: unit(6), dx: unit(width * height), dy: unit(width * height) };
  },
  replay({ pixels, width, height }, [alpha, sigma, range], draws) {
    const image = Float32Array.from(pixels, (value) => UNIT32[value]!);
    const map = randomAffine(width, height, range, draws.points);
    const warped = map ? warpAffine(image, width, height, map) : image;
    const field = (uniforms: ArrayLike<number>) => {
      const plane = Float64Array.from(uniforms, (u) => -1 + 2 * u);
      return Float32Array.from(reflectedGaussian(plane, width, height, sigma, 3), (value) => value * alpha);
    };
    const moved = displace(warped, width, height, field(draws.dx), field(draws.dy));
    const out = new Uint8Array(pixels.length);
    for (let i = 0; i < out.length; i++) out[i] = fround(toByte(moved[i]!));
    return out;
  },
});
