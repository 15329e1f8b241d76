import * as tf from '@tensorflow/tfjs-core';
import { pick, type Tensors } from '../parameters/tensors.ts';
import { linear } from './linear.ts';

/** What a block knows of its surroundings. */
export interface AttentionGeometry {
  readonly batch: number;
  /** Tokens per image, the class token included. */
  readonly length: number;
  readonly numHeads: number;
  /** Added to the attention logits: float32, broadcast to [N, heads, L, L]. */
  readonly bias?: tf.Tensor4D;
}

/** The projection has no bias of its own for keys: bias = [q_bias, 0, v_bias], or none. */
function qkvBias(parameters: Tensors, name: string): tf.Tensor1D | undefined {
  const query = parameters[`${name}.q_bias`] as tf.Tensor1D | undefined;
  if (query === undefined) return undefined;
  return tf.concat([query, tf.zeros<tf.Rank.R1>(query.shape), pick<tf.Tensor1D>(parameters, `${name}.v_bias`)]);
}

/**
 * Multi-head self-attention of ViT (Dosovitskiy et al. 2021, eq. 5–8), on the tokens of a whole batch as one matrix.
 *
 * @param x float32 [N·L, D]
 * @param name of the layer, `encoder.blocks.0.attn`
 * @returns float32 [N·L, D]
 */
export function attention(x: tf.Tensor2D, parameters: Tensors, name: string, geometry: AttentionGeometry): tf.Tensor2D {
  const { batch, length, numHeads, bias } = geometry;
  const width = x.shape[1];
  const headDim = width / numHeads;
  const projected = tf.matMul(x, pick<tf.Tensor2D>(parameters, `${name}.qkv.weight`), false, true);
  const projectionBias = qkvBias(parameters, name);
  const qkv = projectionBias ? tf.add(projected, projectionBias) : projected;
  // One transpose for the three, whose gradient is a concatenation and a transpose instead of paddings.
  const byHead = tf.transpose(tf.reshape(qkv, [batch, length, 3, numHeads, headDim]), [2, 0, 3, 1, 4]);
  const [query, key, value] = tf.unstack(byHead) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
  // The scale on the keys, not on the queries as in the official code: the same product. OpenCV 5.0 takes the other form for an attention
  // of its own, which refuses tokens of a whole batch as one matrix.
  const logits = tf.matMul(query, tf.mul(key, headDim ** -0.5), false, true);
  const weights = tf.softmax(bias ? tf.add(logits, bias) : logits);
  const mixed = tf.transpose(tf.matMul(weights, value), [0, 2, 1, 3]);
  return linear(tf.reshape(mixed, [batch * length, width]), parameters, `${name}.proj`);
}
