import { UserError } from '@mfm/cli';
import * as tf from '@tensorflow/tfjs-core';
import { hasFusedKernel } from './fused-kernel.ts';
import { type AxisMap, planeProduct, planeProductGradient } from './plane-product.ts';

/** Kernel name under which the tracing backend registers ONNX's Resize of NCHW planes. */
export const RESIZE_BILINEAR_NCHW = 'ResizeBilinearNCHW';

/** The kernel's attributes. */
export interface ResizeAttributes {
  /** Rows and columns of the result. */
  readonly size: readonly [number, number];
}

/** Position (i + ½) · from / to − ½ between its two neighbours, the border repeated. */
export function bilinearMap(from: number, to: number): AxisMap {
  const matrix = new Float32Array(to * from);
  for (let row = 0; row < to; row++) {
    const position = Math.min(from - 1, Math.max(0, ((row + 0.5) * from) / to - 0.5));
    const below = Math.floor(position);
    const share = position - below;
    matrix[row * from + below]! += 1 - share;
    if (share > 0) matrix[row * from + below + 1]! += share;
  }
  return { from, to, matrix };
}

/**
 * Bilinear resizing without antialiasing, as PyTorch's `interpolate(mode='bilinear', align_corners=False)`. Traced, it is one ONNX Resize, or of a
 * single pixel a product with its maps; its gradient is a product with the transposed maps (TensorFlow.js's own ignores half pixels).
 *
 * @param x float32 [N, C, H, W]
 * @param size rows and columns of the result
 * @returns float32 [N, C, rows, columns]
 * @throws UserError when a size is not a positive integer
 */
export function resizeBilinear2d(x: tf.Tensor4D, size: readonly [number, number]): tf.Tensor4D {
  if (!size.every((length) => Number.isInteger(length) && length > 0)) {
    throw new UserError(`resizeBilinear2d: size must be two positive integers, got [${size}].`);
  }
  if (x.shape[2] === size[0] && x.shape[3] === size[1]) return x;
  // OpenCV 5.0 reads past a single pixel where a Resize is asked to.
  const isPixel = x.shape[2] === 1 && x.shape[3] === 1;
  const [rows, columns] = [bilinearMap(x.shape[2], size[0]), bilinearMap(x.shape[3], size[1])];
  const withGradient = tf.customGrad((...args) => {
    const [x0] = args as unknown as [tf.Tensor4D];
    const value =
      hasFusedKernel(RESIZE_BILINEAR_NCHW) && !isPixel
        ? (tf.engine().runKernel(RESIZE_BILINEAR_NCHW, { x: x0 }, { size: [...size] }) as tf.Tensor4D)
        : planeProduct(x0, rows, columns);
    return { value, gradFunc: (dy: tf.Tensor) => planeProductGradient(dy as tf.Tensor4D, rows, columns) };
  });
  return withGradient(x) as tf.Tensor4D;
}
