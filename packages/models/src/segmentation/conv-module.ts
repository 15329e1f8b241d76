import * as tf from '@tensorflow/tfjs-core';
import type { ForwardContext } from '../encoder/encoder.ts';
import type { Tensors } from '../parameters/tensors.ts';
import { type Layer, runLayer } from '../resnet/block.ts';

/**
 * Convolution, batch normalisation and ReLU: mmsegmentation's ConvModule, with its names.
 *
 * @param name of the module: `<name>.conv.weight`, `<name>.bn.weight` …
 * @param kernel side of the kernel, odd
 */
export const convModule = (name: string, inputs: number, outputs: number, kernel: number): Layer => ({
  convolution: { name: `${name}.conv`, inputs, outputs, kernel, stride: 1 },
  norm: `${name}.bn`,
});

/** @returns float32 [N, outputs, H, W] */
export const runConvModule = (
  x: tf.Tensor4D,
  parameters: Tensors,
  layer: Layer,
  context: ForwardContext,
): tf.Tensor4D => tf.relu(runLayer(x, parameters, layer, context));
