import { UserError } from '@mfm/cli';
import type { Sampling } from '../image/resample.ts';
import { roundHalfEven } from './resize-center-crop.ts';

/** The central square, nothing resized: for images that already have been, such as ImageNet-C's. */
export interface CenterCrop {
  type: 'center-crop';
  /** Side of the result in pixels. */
  size: number;
}

/**
 * Plans torchvision's `CenterCrop(size)`.
 *
 * @throws UserError for an image that is smaller than the crop (torchvision would put a black border around it)
 */
export function planCenterCrop(width: number, height: number, { size }: CenterCrop): Sampling {
  if (width < size || height < size) {
    throw new UserError(
      `centerCrop: an image must be at least ${size}×${size}, got ${width}×${height}. Resize the images, or use a smaller crop.`,
    );
  }
  const window = {
    left: roundHalfEven((width - size) / 2),
    top: roundHalfEven((height - size) / 2),
    width: size,
    height: size,
  };
  return { box: { left: 0, top: 0, width, height }, outWidth: width, outHeight: height, window };
}
