import type { Box, Sampling } from '../image/resample.ts';
import type { Random } from '../random/random.ts';

/** Training transform: a random part of the image, resized to a square, mirrored half of the time. */
export interface RandomResizedCrop {
  type: 'random-resized-crop';
  /** Side of the result in pixels. */
  size: number;
  /** Range of the crop's share of the image area, (0, 1]. */
  scale: readonly [number, number];
  /** Range of the crop's width / height. */
  ratio: readonly [number, number];
  /** Probability of mirroring horizontally. */
  flip: number;
  /** Default bicubic. */
  interpolation?: 'bicubic' | 'bilinear';
  /** A crop that does not fit is cut to the image, as in BYOL's and MAE's code, instead of drawn again. Default false. */
  clamp?: boolean;
}

const ATTEMPTS = 10;

/** torchvision's fallback: the largest centred box whose ratio is in range. */
function centralBox(width: number, height: number, [low, high]: readonly [number, number]): Box {
  const inRatio = width / height;
  const boxWidth = inRatio > high ? Math.round(height * high) : width;
  const boxHeight = inRatio < low ? Math.round(width / low) : height;
  const left = Math.floor((width - boxWidth) / 2);
  return { left, top: Math.floor((height - boxHeight) / 2), width: boxWidth, height: boxHeight };
}

/** Draws the crop as torchvision's `RandomResizedCrop.get_params`: area uniform in `scale`, log ratio uniform. */
export function randomCropBox(width: number, height: number, crop: RandomResizedCrop, random: Random): Box {
  const [logLow, logHigh] = [Math.log(crop.ratio[0]), Math.log(crop.ratio[1])];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const area = width * height * random.uniform(crop.scale[0], crop.scale[1]);
    const aspect = Math.exp(random.uniform(logLow, logHigh));
    const drawn = [Math.round(Math.sqrt(area * aspect)), Math.round(Math.sqrt(area / aspect))] as const;
    const boxWidth = crop.clamp ? Math.min(drawn[0], width) : drawn[0];
    const boxHeight = crop.clamp ? Math.min(drawn[1], height) : drawn[1];
    if (boxWidth > 0 && boxWidth <= width && boxHeight > 0 && boxHeight <= height) {
      const top = random.integer(height - boxHeight + 1);
      return { left: random.integer(width - boxWidth + 1), top, width: boxWidth, height: boxHeight };
    }
  }
  return centralBox(width, height, crop.ratio);
}

/** Plans the transform of one image. */
export function planRandomResizedCrop(
  width: number,
  height: number,
  crop: RandomResizedCrop,
  random: Random,
): Sampling {
  const box = randomCropBox(width, height, crop, random);
  const sampling = { box, outWidth: crop.size, outHeight: crop.size, flip: random.uniform() < crop.flip };
  return crop.interpolation ? { ...sampling, filter: crop.interpolation } : sampling;
}
