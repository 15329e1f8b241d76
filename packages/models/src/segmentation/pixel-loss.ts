import * as tf from '@tensorflow/tfjs-core';

/** Pixels of this label have no class: they are neither trained on nor counted. */
export const IGNORE_INDEX = 255;

/** What a mean over pixels is divided by: all pixels, as mmsegmentation does by default, or those that have a class. */
export type PixelMean = 'all' | 'labelled';

/**
 * Cross-entropy of every pixel: the mean of −log softmax(logits) at the label, with zero for pixels labelled {@link IGNORE_INDEX}. The gradient is
 * written out, softmax − one-hot, so that classes stay on the second axis and nothing is transposed.
 *
 * @param logits float32 [N, K, H, W]
 * @param labels whole numbers of any type [N, H, W]: 0 … K − 1, or {@link IGNORE_INDEX}
 */
export function pixelCrossEntropy(logits: tf.Tensor4D, labels: tf.Tensor3D, mean: PixelMean): tf.Scalar {
  const [batch, numClasses, height, width] = logits.shape;
  const byPixel = tf.reshape(tf.cast(labels, 'float32'), [batch, 1, height, width]);
  const classes = tf.reshape(tf.range(0, numClasses), [1, numClasses, 1, 1]);
  const target = tf.cast(tf.equal(byPixel, classes), 'float32');
  const labelled = tf.cast(tf.notEqual(byPixel, IGNORE_INDEX), 'float32');
  const count = mean === 'all' ? tf.scalar(batch * height * width) : tf.maximum(tf.sum(labelled), 1);
  const withGradient = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor4D, tf.GradSaveFunc];
    const shifted = tf.sub(x, tf.max(x, 1, true));
    const powers = tf.exp(shifted);
    const sum = tf.sum(powers, 1, true);
    const atLabel = tf.sum(tf.mul(shifted, target), 1, true);
    const losses = tf.mul(tf.sub(tf.log(sum), atLabel), labelled);
    save([tf.div(powers, sum), target, labelled, count]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [probabilities, target0, labelled0, count0] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      return tf.mul(tf.sub(probabilities, target0), tf.mul(labelled0, tf.div(dy, count0)));
    };
    return { value: tf.div(tf.sum(losses), count), gradFunc };
  });
  return withGradient(logits) as tf.Scalar;
}
