import * as tf from '@tensorflow/tfjs-core';
import type { Encoder } from '../../encoder/encoder.ts';
import { affine, type ParameterSpec, pytorchDefault } from '../../parameters/parameter-spec.ts';
import { linear } from '../../vit/linear.ts';
import type { Decoder } from './decoder.ts';

/** Parameters of a 1×1 convolution to the 3 · stride² pixels of a cell, with PyTorch's default initialisation. */
export const pixelParameters = (name: string, embedDim: number, stride: number): ParameterSpec[] =>
  affine(name, [3 * stride * stride, embedDim, 1, 1], pytorchDefault(embedDim), pytorchDefault(embedDim));

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

/** The official decoder of depth 0: each cell becomes its pixels by one linear layer. */
export function buildLinearDecoder({ embedDim, stride, grid, encode }: Encoder): Decoder {
  return {
    parameters: pixelParameters('decoder.0', embedDim, stride),
    buffers: [],
    run(parameters, images, context) {
      const batch = images.shape[0];
      const rows = encode(parameters, images, context);
      const map = tf.reshape(rows, [batch, grid, grid, embedDim]) as tf.Tensor4D;
      const pixels = linear(rows, parameters, 'decoder.0');
      return { z: tf.transpose(map, [0, 3, 1, 2]), reconstruction: pixelShuffle(pixels, batch, grid, stride) };
    },
  };
}
