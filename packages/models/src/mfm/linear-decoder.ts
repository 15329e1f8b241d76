import * as tf from '@tensorflow/tfjs-core';
import { affine, type ParameterSpec, pytorchDefault } from '../parameters/parameter-spec.ts';
import type { Tensors } from '../parameters/tensors.ts';
import { linear } from '../vit/linear.ts';

/** Parameters of the one-layer decoder: a 1×1 convolution to the 3 · stride² pixels of a token. */
export const linearDecoderParameters = (embedDim: number, stride: number): ParameterSpec[] =>
  affine('decoder.0', [3 * stride * stride, embedDim, 1, 1], pytorchDefault(embedDim), pytorchDefault(embedDim));

/**
 * [N·h·w, C·s·s] → [N, C, h·s, w·s]: PyTorch's PixelShuffle, out[c, i·s + u, j·s + v] = in[c·s² + u·s + v, i, j].
 *
 * @param grid h = w
 */
export function pixelShuffle(rows: tf.Tensor2D, batch: number, grid: number, stride: number): tf.Tensor4D {
  const channels = rows.shape[1] / stride ** 2;
  const cut = tf.transpose(tf.reshape(rows, [batch, grid, grid, channels, stride, stride]), [0, 3, 1, 4, 2, 5]);
  return tf.reshape(cut, [batch, channels, grid * stride, grid * stride]);
}

/**
 * The official decoder of depth 0.
 *
 * @param tokens float32 [N·L, D], without class tokens
 * @returns float32 [N, 3, H, W], a normalised image
 */
export function linearDecoder(
  tokens: tf.Tensor2D,
  parameters: Tensors,
  { batch, grid, stride }: { batch: number; grid: number; stride: number },
): tf.Tensor4D {
  return pixelShuffle(linear(tokens, parameters, 'decoder.0'), batch, grid, stride);
}
