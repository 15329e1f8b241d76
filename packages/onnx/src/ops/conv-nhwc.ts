import * as tf from '@tensorflow/tfjs-core';

/** The pixels that one position of the kernel sees: [N, H, W, C] → rows [N·H'·W', C]. */
function seenBy(
  x: tf.Tensor4D,
  [row, column]: [number, number],
  [height, width]: [number, number],
  [down, across]: [number, number],
): tf.Tensor2D {
  const [batch, , , channels] = x.shape;
  const end = [batch, row + (height - 1) * down + 1, column + (width - 1) * across + 1, channels];
  const seen = tf.stridedSlice(x, [0, row, column, 0], end, [1, down, across, 1]);
  return tf.reshape(seen, [batch * height * width, channels]);
}

/** A product for every position of the kernel: [kh, kw, C, O]. */
function weightGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  [rows, columns, inputs, outputs]: number[],
  strides: [number, number],
): tf.Tensor4D {
  const [batch, height, width] = dy.shape;
  const gradient = tf.reshape(dy, [batch * height * width, outputs!]) as tf.Tensor2D;
  const products = Array.from({ length: rows! * columns! }, (_, position) => {
    const at: [number, number] = [Math.floor(position / columns!), position % columns!];
    return tf.matMul(seenBy(x, at, [height, width], strides), gradient, true, false);
  });
  return tf.reshape(tf.concat(products, 0), [rows!, columns!, inputs!, outputs!]);
}

/**
 * Convolution without padding in TensorFlow.js's layout. Its weight gradient is matrix products: the wasm backend has no kernel for it, and the
 * CPU backend's takes nine tenths of a ResNet's step.
 *
 * @param x float32 [N, H, W, C]
 * @param weight float32 [kh, kw, C, O]
 * @returns float32 [N, H', W', O]
 */
export function convNhwc(x: tf.Tensor4D, weight: tf.Tensor4D, strides: [number, number]): tf.Tensor4D {
  const withGradient = tf.customGrad((...args) => {
    const [x0, weight0, save] = args as unknown as [tf.Tensor4D, tf.Tensor4D, tf.GradSaveFunc];
    save([x0, weight0]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x1, weight1] = saved as [tf.Tensor4D, tf.Tensor4D];
      return [
        tf.conv2dTranspose(dy as tf.Tensor4D, weight1, x1.shape, strides, 'valid'),
        weightGradient(x1, dy as tf.Tensor4D, weight1.shape, strides),
      ];
    };
    return { value: tf.conv2d(x0, weight0, strides, 'valid'), gradFunc };
  });
  return withGradient(x, weight) as tf.Tensor4D;
}
