import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { traceToOnnx } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';

/** |x − its neighbour| along an axis, the last beside the first. */
function steps(images: tf.Tensor, axis: 2 | 3): tf.Tensor {
  const begin = [0, 0, 0, 0];
  begin[axis] = 1;
  const size = [...images.shape];
  size[axis] = 1;
  const rest = tf.slice(images, begin, [-1, -1, -1, -1]);
  return tf.abs(tf.sub(images, tf.concat([rest, tf.slice(images, [0, 0, 0, 0], size)], axis)));
}

const mean = (images: tf.Tensor) => tf.mean(tf.reshape(images, [8, 3, 4, 8, 4, 8]), [3, 5]);

/**
 * Writes a model of fixed batch 8 and 32 px that measures texture: mean steps between neighbours along both axes in 4 × 4 cells tell synthetic classes apart.
 *
 * @param outputs what the model gives, of the cells [8, 6, 4, 4]
 */
export async function writeTextureModel(
  folder: string,
  name: string,
  outputs: (cells: tf.Tensor4D) => Record<string, tf.Tensor> = textureFeatures,
): Promise<string> {
  const path = join(folder, name);
  const run = ({ pixel_values }: Record<string, tf.Tensor>) =>
    outputs(tf.concat([mean(steps(pixel_values!, 2)), mean(steps(pixel_values!, 3))], 1) as tf.Tensor4D);
  await writeFile(path, traceToOnnx(run, { pixel_values: { shape: [8, 3, 32, 32] } }));
  return path;
}

/** The cells as features. */
export const textureFeatures = (cells: tf.Tensor4D): Record<string, tf.Tensor> => ({
  mean_pooled: tf.reshape(cells, [8, 96]),
  patch_tokens: tf.reshape(tf.transpose(cells, [0, 2, 3, 1]), [8, 16, 6]),
});
