import { crossEntropies, evaluation, sumOfCrossEntropies } from '@mfm/models';
import * as tf from '@tensorflow/tfjs-core';
import { CLASSIFIER } from './classifier.ts';
import type { Head } from './head.ts';
import { pixelValues } from './image-input.ts';

/** float32 [N, K], a one at each label; a row of zeros for one that is no class. */
function oneHot(labels: tf.Tensor1D, numClasses: number): tf.Tensor2D {
  const column = tf.reshape(labels, [labels.shape[0], 1]);
  const classes = tf.tensor2d(
    Int32Array.from({ length: numClasses }, (_, i) => i),
    [1, numClasses],
    'int32',
  );
  return tf.cast(tf.equal(column, classes), 'float32');
}

/** A classifier's loss and its gradient with respect to the pixels: what attacks need. */
export const gradient: Head = {
  ...CLASSIFIER,
  description:
    'normalised pixels, labels int64 → logits, loss (cross-entropy of each image; 0 for a label that is no class), ' +
    'gradient (of an image’s loss with respect to its pixel_values)',
  differentiatesImages: true,
  graph: () => ({
    gradients: { of: 'each', includes: (output) => output === 'gradient' },
    inputs: (model) => ({ ...pixelValues(model), labels: { shape: [], type: 'int64', content: 'label' } }),
    run(model, parameters, { pixel_values, labels }) {
      const { logits: logitsOf, config } = model.classifier!;
      const targets = oneHot(labels as tf.Tensor1D, config.numClasses);
      let logits: tf.Tensor2D | undefined;
      const total = (pixels: tf.Tensor) => {
        // The tape's scope ends with the gradient; the logits must outlive it.
        logits = tf.keep(logitsOf(parameters, pixels as tf.Tensor4D, evaluation()));
        return sumOfCrossEntropies(logits, targets);
      };
      const { grad } = tf.valueAndGrad(total)(pixel_values as tf.Tensor4D);
      return { logits: logits!, loss: crossEntropies(logits!, targets), gradient: grad };
    },
  }),
};
