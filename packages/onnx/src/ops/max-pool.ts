import { UserError } from '@mfm/cli';
import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel } from './fused-kernel.ts';

/** Kernel names of NCHW max pooling and its gradient on the tracing backend. */
export const MAX_POOL_NCHW = 'MaxPoolNCHW';
export const MAX_POOL_NCHW_GRADIENT = 'MaxPoolNCHWGradient';

/** Options of {@link maxPool2d}; the names follow ONNX's MaxPool. */
export interface MaxPool2dOptions {
  /** Window in rows and columns. */
  kernel: [number, number];
  /** Step in rows and columns, default [1, 1]. */
  strides?: [number, number];
  /** Padding [top, left, bottom, right] that never wins (−∞), default none; smaller than the window. */
  pads?: [number, number, number, number];
}

/** The kernels' attributes: every option resolved, with the output's rows and columns. */
export interface MaxPoolAttributes {
  kernel: [number, number];
  strides: [number, number];
  pads: [number, number, number, number];
  output: [number, number];
}

const padPlanes = (x: tf.Tensor4D, [top, left, bottom, right]: MaxPoolAttributes['pads'], value: number) =>
  tf.pad(
    x,
    [
      [0, 0],
      [0, 0],
      [top, bottom],
      [left, right],
    ],
    value,
  ) as tf.Tensor4D;

/** Calls back with every window position in row-major order, and its pixels of the padded input, [N, C, H', W']. */
function forEachPosition(
  padded: tf.Tensor4D,
  { kernel, strides, output }: MaxPoolAttributes,
  visit: (pixels: tf.Tensor4D, row: number, column: number) => void,
): void {
  const [batch, channels] = padded.shape;
  for (let row = 0; row < kernel[0]; row++) {
    for (let column = 0; column < kernel[1]; column++) {
      const end = [row + (output[0] - 1) * strides[0] + 1, column + (output[1] - 1) * strides[1] + 1];
      const pixels = tf.stridedSlice(padded, [0, 0, row, column], [batch, channels, ...end], [1, 1, ...strides]);
      visit(pixels as tf.Tensor4D, row, column);
    }
  }
}

function composedForward(x: tf.Tensor4D, attributes: MaxPoolAttributes): tf.Tensor4D {
  let greatest: tf.Tensor4D | undefined;
  forEachPosition(padPlanes(x, attributes.pads, -Infinity), attributes, (pixels) => {
    greatest = greatest ? (tf.maximum(greatest, pixels) as tf.Tensor4D) : pixels;
  });
  return greatest!;
}

/** Puts values [N, C, H', W'] where their pixels of one window position lie in the padded plane; zeros elsewhere. */
function place(
  values: tf.Tensor4D,
  row: number,
  column: number,
  plane: [number, number],
  attributes: MaxPoolAttributes,
) {
  const { strides, output } = attributes;
  const [batch, channels] = values.shape;
  // At rank 4, which every backend can pad: rows joined with batch and channels.
  const apart = tf.pad(tf.reshape(values, [-1, 1, output[1], 1]), [
    [0, 0],
    [0, strides[0] - 1],
    [0, 0],
    [0, strides[1] - 1],
  ]);
  const spread = tf.reshape(apart, [batch, channels, output[0] * strides[0], output[1] * strides[1]]);
  const [rows, columns] = [(output[0] - 1) * strides[0] + 1, (output[1] - 1) * strides[1] + 1];
  const own = tf.slice(spread, [0, 0, 0, 0], [batch, channels, rows, columns]) as tf.Tensor4D;
  return padPlanes(own, [row, column, plane[0] - row - rows, plane[1] - column - columns], 0);
}

/** Window positions are tried in order, each that holds the maximum taking what is left of dy. */
function composedGradient(dy: tf.Tensor4D, x: tf.Tensor4D, y: tf.Tensor4D, attributes: MaxPoolAttributes): tf.Tensor4D {
  const { pads } = attributes;
  const padded = padPlanes(x, pads, -Infinity);
  const plane: [number, number] = [padded.shape[2], padded.shape[3]];
  let left = dy;
  let gradient: tf.Tensor4D | undefined;
  forEachPosition(padded, attributes, (pixels, row, column) => {
    const share = tf.mul(left, tf.cast(tf.equal(pixels, y), 'float32')) as tf.Tensor4D;
    left = tf.sub(left, share);
    const placed = place(share, row, column, plane, attributes);
    gradient = gradient ? tf.add(gradient, placed) : placed;
  });
  return tf.slice(gradient!, [0, 0, pads[0], pads[1]], x.shape) as tf.Tensor4D;
}

function resolve(x: tf.Tensor4D, { kernel, strides = [1, 1], pads = [0, 0, 0, 0] }: MaxPool2dOptions) {
  const length = (axis: 0 | 1) =>
    Math.floor((x.shape[axis + 2]! + pads[axis] + pads[axis + 2]! - kernel[axis]) / strides[axis]) + 1;
  const output: [number, number] = [length(0), length(1)];
  const fits = output.every((n) => n > 0) && pads.every((n, side) => n < kernel[side % 2]!);
  if (!fits) {
    throw new UserError(
      `maxPool2d: the padded image must hold a window, and pads must be smaller than it, got image [${x.shape.slice(2)}], ` +
        `kernel [${kernel}], pads [${pads}].`,
    );
  }
  return { kernel, strides, pads, output };
}

/**
 * 2-D max pooling in PyTorch's and ONNX's layout, rounding down. Traced, it is one ONNX MaxPool. The gradient of a window goes to
 * the first of its greatest pixels in row-major order, as in PyTorch: behind a ReLU most windows hold several zeros.
 *
 * @param x float32 [N, C, H, W]
 * @returns float32 [N, C, H', W'], H' = floor((H + top + bottom − kh) / stride) + 1
 * @throws UserError when no window fits or padding is not smaller than the window
 */
export function maxPool2d(x: tf.Tensor4D, options: MaxPool2dOptions): tf.Tensor4D {
  const attributes = resolve(x, options);
  const fused = hasFusedKernel(MAX_POOL_NCHW);
  const run = (kernel: string, inputs: Record<string, tf.Tensor>) =>
    tf.engine().runKernel(kernel, inputs, { ...attributes }) as tf.Tensor4D;
  const withGradient = tf.customGrad((...args) => {
    const [x0, save] = args as unknown as [tf.Tensor4D, tf.GradSaveFunc];
    const value = fused ? run(MAX_POOL_NCHW, { x: x0 }) : composedForward(x0, attributes);
    save([x0, value]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x1, y] = saved as [tf.Tensor4D, tf.Tensor4D];
      if (fused) return run(MAX_POOL_NCHW_GRADIENT, { dy, x: x1 });
      return composedGradient(dy as tf.Tensor4D, x1, y, attributes);
    };
    return { value, gradFunc };
  });
  return withGradient(x) as tf.Tensor4D;
}
