import { conv2d } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { affine, type Initialiser, type ParameterSpec } from '../parameters/parameter-spec.ts';
import { pick, type Tensors } from '../parameters/tensors.ts';

/** mmsegmentation's for the last layer of a head. */
const SMALL: Initialiser = { kind: 'normal', std: 0.01 };

/** Weight [K, channels, 1, 1] and bias [K] of a head's last layer, `<head>.conv_seg`. */
export const pixelClassifierParameters = (head: string, channels: number, numClasses: number): ParameterSpec[] =>
  affine(`${head}.conv_seg`, [numClasses, channels, 1, 1], SMALL);

/** Which channels of a sample stay in training, and what the others' share was. */
export interface ChannelDropout {
  /** float32 [N, channels], 1 = kept, 0 = dropped. */
  readonly kept: tf.Tensor2D;
  readonly rate: number;
}

/**
 * The last layer of a head: drops whole channels in training (Dropout2d), and classifies every cell.
 *
 * @param x float32 [N, channels, h, w]
 * @returns float32 [N, K, h, w]
 */
export function classifyPixels(
  x: tf.Tensor4D,
  parameters: Tensors,
  head: string,
  dropout: ChannelDropout | undefined,
): tf.Tensor4D {
  const [batch, channels] = x.shape;
  const seen = dropout
    ? (tf.mul(x, tf.reshape(tf.div(dropout.kept, 1 - dropout.rate), [batch, channels, 1, 1])) as tf.Tensor4D)
    : x;
  const weight = pick<tf.Tensor4D>(parameters, `${head}.conv_seg.weight`);
  const bias = tf.reshape(pick(parameters, `${head}.conv_seg.bias`), [weight.shape[0], 1, 1]);
  return tf.add(conv2d(seen, weight), bias);
}
