import * as tf from '@tensorflow/tfjs-core';
import { pick, type Tensors } from '../parameters/tensors.ts';
import { linear } from '../vit/linear.ts';
import { shiftedWindowMask, type WindowGeometry, windowPositionIndex } from './window.ts';

/** Bias of a relative position table, float32 [heads, T, T]. */
function positionBias(table: tf.Tensor2D, window: number): tf.Tensor3D {
  const tokens = window * window;
  const rows = tf.gather(table, tf.tensor1d(windowPositionIndex(window), 'int32'));
  return tf.transpose(tf.reshape(rows, [tokens, tokens, table.shape[1]]), [2, 0, 1]) as tf.Tensor3D;
}

/** The projection to queries, keys and values, whose bias is optional. */
function projectQkv(x: tf.Tensor2D, parameters: Tensors, name: string): tf.Tensor2D {
  const projected: tf.Tensor2D = tf.matMul(x, pick<tf.Tensor2D>(parameters, `${name}.weight`), false, true);
  const bias = parameters[`${name}.bias`];
  return bias ? tf.add(projected, bias) : projected;
}

/**
 * Adds the position bias, and where windows are shifted the mask, which is the same for every image: both are added to each other first,
 * so that the logits of the batch are read once.
 */
function biased(logits: tf.Tensor4D, bias: tf.Tensor3D, geometry: WindowGeometry): tf.Tensor4D {
  if (geometry.shift === 0) return tf.add(logits, bias);
  const [windows, heads, tokens] = logits.shape;
  const perImage = (geometry.side / geometry.window) ** 2;
  const mask = tf.tensor4d(shiftedWindowMask(geometry), [perImage, 1, tokens, tokens]);
  const byImage = tf.reshape(logits, [windows / perImage, perImage, heads, tokens, tokens]);
  return tf.reshape(tf.add(byImage, tf.add(bias, mask)), logits.shape);
}

/**
 * Multi-head self-attention inside windows with relative position bias (Liu et al. 2021, eq. 4).
 *
 * @param x float32 [N·L, D], window by window
 * @param name of the layer, `encoder.layers.0.blocks.0.attn`
 * @returns float32 [N·L, D]
 */
export function windowAttention(
  x: tf.Tensor2D,
  parameters: Tensors,
  name: string,
  numHeads: number,
  geometry: WindowGeometry,
): tf.Tensor2D {
  const [rows, width] = x.shape;
  const tokens = geometry.window ** 2;
  const headDim = width / numHeads;
  const qkv = projectQkv(x, parameters, `${name}.qkv`);
  // One transpose for the three, whose gradient is a concatenation and a transpose instead of paddings.
  const byHead = tf.transpose(tf.reshape(qkv, [rows / tokens, tokens, 3, numHeads, headDim]), [2, 0, 3, 1, 4]);
  const [query, key, value] = tf.unstack(byHead) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
  const logits = tf.matMul(tf.mul(query, headDim ** -0.5), key, false, true) as tf.Tensor4D;
  const bias = positionBias(pick(parameters, `${name}.relative_position_bias_table`), geometry.window);
  const weights = tf.softmax(biased(logits, bias, geometry));
  const mixed = tf.transpose(tf.matMul(weights, value), [0, 2, 1, 3]);
  return linear(tf.reshape(mixed, [rows, width]), parameters, `${name}.proj`);
}
