import * as tf from '@tensorflow/tfjs-core';

/** −Σ t · log softmax(logits) of each sample, float32 [N]. */
export const crossEntropies = (logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Tensor1D =>
  tf.sum(tf.mul(targets, tf.neg(tf.logSoftmax(logits))), 1);

/**
 * Cross-entropy with soft targets (mixup's, smoothed or one-hot): mean over samples of −Σ t · log softmax(logits).
 *
 * @param logits float32 [N, K]
 * @param targets float32 [N, K], each row a distribution
 */
export function softTargetCrossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
  return tf.mean(crossEntropies(logits, targets));
}

/**
 * Σ over samples of {@link crossEntropies}: its gradient for a sample's logits, Σt · softmax − t, does not depend on the batch that the
 * sample is in. It is written out, since the tape's own names the batch size, which may be open.
 *
 * @param logits float32 [N, K]
 * @param targets float32 [N, K]; a row of zeros counts for nothing
 */
export function sumOfCrossEntropies(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
  const withGradient = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    save([tf.softmax(x)]);
    const gradFunc = (dy: tf.Tensor, [probabilities]: tf.Tensor[]) =>
      tf.mul(tf.sub(tf.mul(probabilities!, tf.sum(targets, 1, true)), targets), dy);
    return { value: tf.sum(crossEntropies(x, targets)), gradFunc };
  });
  return withGradient(logits) as tf.Scalar;
}
