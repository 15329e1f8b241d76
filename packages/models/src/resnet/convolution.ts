import { conv2d } from '@mfm/onnx';
import type * as tf from '@tensorflow/tfjs-core';
import { kaimingNormal, type ParameterSpec, parameter } from '../parameters/parameter-spec.ts';
import { pick, type Tensors } from '../parameters/tensors.ts';

/** A square convolution without bias, as every one of a ResNet is: a normalisation follows it. */
export interface ConvolutionConfig {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  /** Side of the kernel, odd. */
  readonly kernel: number;
  readonly stride: number;
}

/** Its weight [outputs, inputs, kernel, kernel]. */
export const convolutionParameters = ({ name, inputs, outputs, kernel }: ConvolutionConfig): ParameterSpec =>
  parameter(`${name}.weight`, [outputs, inputs, kernel, kernel], kaimingNormal(outputs * kernel * kernel));

/**
 * Convolves with half a kernel of zeros around, so that the stride alone makes the map smaller.
 *
 * @param x float32 [N, inputs, H, W]
 * @returns float32 [N, outputs, ⌈H / stride⌉, ⌈W / stride⌉]
 */
export function convolution(
  x: tf.Tensor4D,
  parameters: Tensors,
  { name, kernel, stride }: ConvolutionConfig,
): tf.Tensor4D {
  const pad = (kernel - 1) / 2;
  const weight = pick<tf.Tensor4D>(parameters, `${name}.weight`);
  return conv2d(x, weight, { strides: [stride, stride], pads: [pad, pad, pad, pad] });
}
