import { UserError } from '@mfm/cli';
import { distortColours, type Photometric } from '../augment/photometric-distortion.ts';
import type { Image } from '../image/image.ts';
import { type Box, resample } from '../image/resample.ts';
import { resampleMask } from '../image/resample-mask.ts';
import type { Random } from '../random/random.ts';
import { NO_CLASS } from '../segmentation/labelling.ts';
import { type FitSize, fittedSize } from './fit-size.ts';

/**
 * The training transform of segmentation: a random scale, a random crop that no class fills alone, flip, distorted colours, a border of no class where the
 * image is smaller than the crop. mmsegmentation's RandomResize, RandomCrop, RandomFlip, PhotoMetricDistortion and Pad.
 */
export interface SegmentationCrop {
  type: 'segmentation-crop';
  /** Side of the crop in pixels. */
  size: number;
  /** What images are brought to before the random factor; absent: their own size. */
  fit?: FitSize;
  /** Range of the random factor. */
  ratioRange: readonly [number, number];
  /** A crop is drawn again, up to ten times, while one class has more than this share of its labelled pixels; 1 takes the first. */
  catMaxRatio: number;
  /** Probability of mirroring horizontally. */
  flip: number;
  photometric?: Photometric;
  /** Colour of the border. */
  fill: readonly [number, number, number];
}

const REDRAWS = 10;

/** Whether a class fills more of the crop than it may. */
function isFilled(labels: Uint8Array, share: number): boolean {
  const counts = new Uint32Array(256);
  for (const label of labels) counts[label]!++;
  counts[NO_CLASS] = 0;
  let [total, most, present] = [0, 0, 0];
  for (const count of counts) {
    total += count;
    most = Math.max(most, count);
    if (count > 0) present++;
  }
  return present <= 1 || most >= share * total;
}

/** Puts a part at the top left of a square, mirrored within the square if asked. */
function place(part: Uint8Array, box: Box, channels: number, size: number, mirror: boolean, out: Uint8Array): void {
  for (let y = 0; y < box.height; y++) {
    for (let x = 0; x < box.width; x++) {
      const target = (y * size + (mirror ? size - 1 - x : x)) * channels;
      const source = (y * box.width + x) * channels;
      for (let c = 0; c < channels; c++) out[target + c] = part[source + c]!;
    }
  }
}

/**
 * Transforms one image and its mask.
 *
 * @param out receives uint8 `[size, size, 3]`; made when absent
 * @param maskOut receives uint8 `[size, size]`
 * @throws UserError for an image without a mask
 */
export function applySegmentationCrop(
  { pixels, width, height, mask }: Image,
  spec: SegmentationCrop,
  random: Random,
  out: Uint8Array = new Uint8Array(spec.size ** 2 * 3),
  maskOut: Uint8Array = new Uint8Array(spec.size ** 2),
): Uint8Array {
  if (!mask) throw new UserError('segmentationTransform: every image must have a mask, got one without.');
  const { size, ratioRange, catMaxRatio, fill } = spec;
  const scaled = fittedSize(width, height, spec.fit, random.uniform(...ratioRange));
  const [cropWidth, cropHeight] = [Math.min(size, scaled.width), Math.min(size, scaled.height)];
  const sampling = { outWidth: scaled.width, outHeight: scaled.height };
  const drawWindow = (): Box => {
    const top = random.integer(scaled.height - cropHeight + 1);
    return { left: random.integer(scaled.width - cropWidth + 1), top, width: cropWidth, height: cropHeight };
  };
  const labelsOf = (window: Box) => resampleMask(mask, { width, height, ...sampling, window });
  let window = drawWindow();
  let labels = labelsOf(window);
  for (let redraw = 0; catMaxRatio < 1 && redraw < REDRAWS && isFilled(labels, catMaxRatio); redraw++) {
    window = drawWindow();
    labels = labelsOf(window);
  }
  const mirror = random.uniform() < spec.flip;
  const box = { left: 0, top: 0, width, height };
  const colours = resample({ pixels, width, height }, { box, ...sampling, window, filter: 'bilinear' });
  if (spec.photometric) distortColours(colours, spec.photometric, random);
  if (cropWidth < size || cropHeight < size) {
    for (let i = 0; i < out.length; i++) out[i] = fill[i % 3]!;
    maskOut.fill(NO_CLASS);
  }
  place(colours, window, 3, size, mirror, out);
  place(labels, window, 1, size, mirror, maskOut);
  return out;
}
