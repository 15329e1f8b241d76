import { UserError } from '@mfm/cli';
import { fft2d, inverseComplexFft2d } from '@mfm/data';
import type { ImageBatch } from '../evaluate/test-batch.ts';

/** Distance of a bin from DC, by which a band is measured. */
export type BandShape = 'disc' | 'square';

/** Whether a bin at (fy, fx) lies nearer to DC than the radius. A bin at exactly the radius does not, as in the official MFM code. */
const IS_INSIDE: Readonly<Record<BandShape, (fy: number, fx: number, radius: number) => boolean>> = {
  disc: (fy, fx, radius) => fy * fy + fx * fx < radius * radius,
  square: (fy, fx, radius) => Math.max(Math.abs(fy), Math.abs(fx)) < radius,
};

export const BAND_SHAPES = Object.keys(IS_INSIDE) as BandShape[];

/**
 * Low-pass mask: 1 = frequency kept, 0 = masked, DC at ⌊side/2⌋. The high-pass mask is 1 − this one. The disc is the mask of MFM
 * (`frequencyMask` of `@mfm/models`) and of Wang et al. 2020; the square, of 2 · radius − 1 bins, that of Yin et al. 2019.
 *
 * @param radius in bins (cycles per image)
 * @returns uint8 `[side, side]`
 * @throws UserError when the side is not a positive integer or the radius negative
 */
export function lowPassMask(side: number, shape: BandShape, radius: number): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(side) || side < 1 || !(radius >= 0)) {
    throw new UserError(
      `lowPassMask: side must be a positive integer and radius at least 0, got ${side} and ${radius}.`,
    );
  }
  const centre = Math.floor(side / 2);
  return Uint8Array.from({ length: side * side }, (_, i) =>
    Number(IS_INSIDE[shape](Math.floor(i / side) - centre, (i % side) - centre, radius)),
  );
}

/** What a filter keeps: low frequencies; high ones without the mean, as MFM's high-pass input; or high ones and the mean. */
export type Pass = 'low-pass' | 'high-pass' | 'high-pass-mean';

/** What a pass makes of a pixel, of the low-pass image there, and of the channel's mean. */
const PASSES: Readonly<Record<Pass, (pixel: number, low: number, mean: number) => number>> = {
  'low-pass': (_, low) => low,
  'high-pass': (pixel, low) => pixel - low,
  'high-pass-mean': (pixel, low, mean) => pixel - low + mean,
};

export interface PassFilter {
  readonly pass: Pass;
  readonly shape: BandShape;
  readonly radius: number;
}

/** The plane of one channel, empty behind the last: planes are filtered in pairs. */
const planeAt = (images: Float32Array, plane: number, area: number) =>
  images.subarray(plane * area, (plane + 1) * area);

/**
 * Multiplies the spectrum of every plane by a mask, F⁻¹(mask · F(x)). Two planes share a transform, as real and imaginary part: exact, the
 * mask being symmetric about DC.
 *
 * @param mask `[side, side]`, 1 = frequency kept, DC at ⌊side/2⌋, equal at opposite frequencies
 * @param write receives each filtered plane
 */
export function filterPlanes(
  images: Float32Array,
  side: number,
  mask: ArrayLike<number>,
  write: (plane: number, filtered: Float64Array) => void,
): void {
  const area = side * side;
  const centre = Math.floor(side / 2);
  const unshifted = Float64Array.from(
    { length: area },
    (_, i) => mask[((Math.floor(i / side) + centre) % side) * side + (((i % side) + centre) % side)]!,
  );
  const planes = images.length / area;
  for (let plane = 0; plane < planes; plane += 2) {
    const second = plane + 1 < planes ? planeAt(images, plane + 1, area) : undefined;
    const spectrum = fft2d(planeAt(images, plane, area), side, second);
    for (let i = 0; i < area; i++) {
      spectrum.re[i]! *= unshifted[i]!;
      spectrum.im[i]! *= unshifted[i]!;
    }
    const filtered = inverseComplexFft2d(spectrum, side);
    write(plane, filtered.re);
    if (second) write(plane + 1, filtered.im);
  }
}

/**
 * Low- or high-pass images, clamped to [0, 1] as MFM clamps its inputs. Before the clamp low + high = image.
 *
 * @param batch float32 `[N, 3, side, side]` in [0, 1]
 * @throws UserError when the images are not square
 */
export function passFilter(batch: ImageBatch, { pass, shape, radius }: PassFilter): ImageBatch {
  const { images, shape: dims } = batch;
  const [, , height, side] = dims;
  if (height !== side) throw new UserError(`passFilter: images must be square, got ${height} × ${side} pixels.`);
  const area = side * side;
  const out = new Float32Array(images.length);
  const pixelOf = PASSES[pass];
  filterPlanes(images, side, lowPassMask(side, shape, radius), (plane, low) => {
    const start = plane * area;
    let sum = 0;
    for (let i = 0; i < area; i++) sum += images[start + i]!;
    for (let i = 0; i < area; i++) {
      out[start + i] = Math.min(1, Math.max(0, pixelOf(images[start + i]!, low[i]!, sum / area)));
    }
  });
  return { ...batch, images: out };
}
