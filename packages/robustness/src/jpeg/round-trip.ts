import type { Image } from '@mfm/data';
import { downsampleChroma, upsampleChroma } from './chroma-sampling.ts';
import { rgbToYcc, yccToRgb } from './color-conversion.ts';
import { forwardDct, inverseDct } from './dct.ts';
import { extendEdges, type Plane, roundUp } from './plane.ts';
import { quantisationTables } from './quantisation.ts';

/** Transforms, quantises and restores every 8×8 block of a plane, in place. */
function quantisePlane(plane: Plane, steps: Int32Array): Plane {
  const { samples, width, height } = plane;
  const block = new Int32Array(64);
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      const corner = top * width + left;
      for (let i = 0; i < 64; i++) block[i] = samples[corner + (i >> 3) * width + (i & 7)]! - 128;
      forwardDct(block);
      for (let i = 0; i < 64; i++) {
        const step = steps[i]!;
        const value = block[i]!;
        // Nearest multiple, halves away from zero; the forward DCT's factor 8 goes here.
        const level = Math.trunc((Math.abs(value) + 4 * step) / (8 * step)) * step;
        block[i] = value < 0 ? -level : level;
      }
      inverseDct(block);
      for (let i = 0; i < 64; i++) {
        samples[corner + (i >> 3) * width + (i & 7)] = Math.max(0, Math.min(block[i]! + 128, 255));
      }
    }
  }
  return plane;
}

/**
 * What an image looks like after baseline JPEG with 4:2:0 chroma: PIL's `save(quality)` and `open` with libjpeg-turbo,
 * to the bit. The entropy coding between them loses nothing and is left out.
 *
 * @param quality 1 to 100
 * @returns uint8 `[height, width, 3]`
 */
export function jpegRoundTrip({ pixels, width, height }: Image, quality: number): Uint8Array {
  const { luma, chroma } = quantisationTables(quality);
  const [y, cb, cr] = rgbToYcc(pixels, width, height);
  const throughChroma = (plane: Plane) => upsampleChroma(quantisePlane(downsampleChroma(plane), chroma), width, height);
  const decodedLuma = quantisePlane(extendEdges(y, roundUp(width, 8), roundUp(height, 8)), luma);
  return yccToRgb([decodedLuma, throughChroma(cb), throughChroma(cr)], width, height);
}
