import { type Attributes, int, ints } from '../../value.ts';

/** How a convolution moves over its input. */
export interface ConvGeometry {
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** [top, left, bottom, right], as in ONNX. */
  readonly pads: readonly [number, number, number, number];
  readonly groups: number;
}

/** [N, C, H, W], or [O, C / groups, kh, kw]. */
export type Shape4D = readonly [number, number, number, number];

/** Everything a lowering may be chosen by. */
export interface ConvShape {
  readonly geometry: ConvGeometry;
  readonly input: Shape4D;
  readonly weight: Shape4D;
  readonly output: Shape4D;
}

/** Attributes of ONNX's Conv and ConvTranspose. */
export const convAttributes = (
  { strides, dilations, pads, groups }: ConvGeometry,
  kernel: readonly number[],
): Attributes => ({
  dilations: ints(dilations),
  group: int(groups),
  kernel_shape: ints(kernel),
  pads: ints(pads),
  strides: ints(strides),
});

/** Shape of a convolution's output. */
export function convOutputShape(input: Shape4D, weight: Shape4D, { strides, dilations, pads }: ConvGeometry): Shape4D {
  const length = (axis: 0 | 1) => {
    const covered = dilations[axis] * (weight[axis + 2]! - 1) + 1;
    return Math.floor((input[axis + 2]! + pads[axis]! + pads[axis + 2]! - covered) / strides[axis]) + 1;
  };
  return [input[0], weight[0], length(0), length(1)];
}

export const hasStride = ({ strides }: ConvGeometry): boolean => strides[0] !== 1 || strides[1] !== 1;
export const hasPads = ({ pads }: ConvGeometry): boolean => pads.some((n) => n !== 0);
/** A kernel of one position: a product per pixel. */
export const isPointwise = ([, , kh, kw]: Shape4D): boolean => kh === 1 && kw === 1;
