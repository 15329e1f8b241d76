import type { Sampling } from '../image/resample.ts';

/** Evaluation transform without a crop: the whole image becomes a square, whatever its ratio (official `TEST.CROP: False`). */
export interface ResizeExact {
  type: 'resize-exact';
  /** Side of the result in pixels. */
  size: number;
  /** Default bicubic. */
  interpolation?: 'bicubic' | 'bilinear';
}

/** Plans torchvision's `Resize((size, size))`. */
export function planResizeExact(width: number, height: number, { size, interpolation }: ResizeExact): Sampling {
  const sampling = { box: { left: 0, top: 0, width, height }, outWidth: size, outHeight: size };
  return interpolation ? { ...sampling, filter: interpolation } : sampling;
}
