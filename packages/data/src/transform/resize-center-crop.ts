import type { Sampling } from '../image/resample.ts';

/** Evaluation transform: shorter side to `resize`, then the central square of `size`. */
export interface ResizeCenterCrop {
  type: 'resize-center-crop';
  /** Side of the result in pixels. */
  size: number;
  /** Length of the shorter side before the crop, at least `size`. */
  resize: number;
  /** Default bicubic. */
  interpolation?: 'bicubic' | 'bilinear';
}

/** Python's `round`: halves go to the even neighbour; torchvision's CenterCrop uses it. */
export function roundHalfEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Plans torchvision's `Resize(resize)` + `CenterCrop(size)`; only the pixels of the crop are computed. */
export function planResizeCenterCrop(width: number, height: number, spec: ResizeCenterCrop): Sampling {
  const { size, resize, interpolation } = spec;
  const short = Math.min(width, height);
  const outWidth = Math.floor((resize * width) / short);
  const outHeight = Math.floor((resize * height) / short);
  const window = {
    left: roundHalfEven((outWidth - size) / 2),
    top: roundHalfEven((outHeight - size) / 2),
    width: size,
    height: size,
  };
  const sampling = { box: { left: 0, top: 0, width, height }, outWidth, outHeight, window };
  return interpolation ? { ...sampling, filter: interpolation } : sampling;
}
