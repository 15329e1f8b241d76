import { UserError } from '@mfm/cli';
import * as tf from '@tensorflow/tfjs-core';
import { convNhwc } from './conv-nhwc.ts';
import { hasFusedKernel } from './fused-kernel.ts';

/** Kernel names of the NCHW convolution and its two gradients on the tracing backend. */
export const CONV_NCHW = 'ConvNCHW';
export const CONV_NCHW_INPUT_GRADIENT = 'ConvNCHWInputGradient';
export const CONV_NCHW_WEIGHT_GRADIENT = 'ConvNCHWWeightGradient';

/** Options of {@link conv2d}; the names follow ONNX's Conv. */
export interface Conv2dOptions {
  /** Step in rows and columns, default [1, 1]. */
  strides?: [number, number];
  /** Zero padding [top, left, bottom, right], default none. */
  pads?: [number, number, number, number];
  /** Number of channel groups, default 1. */
  groups?: number;
}

/** The kernels' attributes: every option resolved. */
export interface ConvAttributes {
  strides: [number, number];
  pads: [number, number, number, number];
  groups: number;
}

const toNhwc = (x: tf.Tensor4D) => tf.transpose(x, [0, 2, 3, 1]) as tf.Tensor4D;
const toNchw = (x: tf.Tensor4D) => tf.transpose(x, [0, 3, 1, 2]) as tf.Tensor4D;

/** Plain TensorFlow.js form: its wasm and CPU backends convolve NHWC data with HWIO weights and without groups. */
function composedConv(x: tf.Tensor4D, weight: tf.Tensor4D, { strides, pads, groups }: ConvAttributes): tf.Tensor4D {
  const [top, left, bottom, right] = pads;
  const padded = tf.pad(x, [
    [0, 0],
    [0, 0],
    [top, bottom],
    [left, right],
  ]) as tf.Tensor4D;
  const convolve = (input: tf.Tensor, kernel: tf.Tensor) =>
    toNchw(convNhwc(toNhwc(input as tf.Tensor4D), tf.transpose(kernel, [2, 3, 1, 0]) as tf.Tensor4D, strides));
  if (groups === 1) return convolve(padded, weight);
  const [inputs, kernels] = [tf.split(padded, groups, 1), tf.split(weight, groups, 0)];
  return tf.concat(
    inputs.map((input, group) => convolve(input, kernels[group] as tf.Tensor)),
    1,
  );
}

function fusedConv(x: tf.Tensor4D, weight: tf.Tensor4D, attributes: ConvAttributes): tf.Tensor4D {
  const run = (kernel: string, inputs: Record<string, tf.Tensor>, more: object = {}) =>
    tf.engine().runKernel(kernel, inputs, { ...attributes, ...more }) as tf.Tensor4D;
  const withGradient = tf.customGrad((...args) => {
    const [x0, weight0, save] = args as unknown as [tf.Tensor4D, tf.Tensor4D, tf.GradSaveFunc];
    save([x0, weight0]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x1, weight1] = saved as [tf.Tensor4D, tf.Tensor4D];
      return [
        run(CONV_NCHW_INPUT_GRADIENT, { dy, weight: weight1 }, { inputShape: x1.shape }),
        run(CONV_NCHW_WEIGHT_GRADIENT, { dy, x: x1 }, { weightShape: weight1.shape }),
      ];
    };
    return { value: run(CONV_NCHW, { x: x0, weight: weight0 }), gradFunc };
  });
  return withGradient(x, weight) as tf.Tensor4D;
}

/**
 * 2-D convolution (cross-correlation) in PyTorch's and ONNX's layout. Traced, it is one ONNX Conv.
 *
 * @param x float32 [N, C, H, W]
 * @param weight float32 [O, C / groups, kh, kw]
 * @returns float32 [N, O, H', W'], H' = floor((H + top + bottom − kh) / stride) + 1
 * @throws UserError when the channels of x and weight do not fit
 */
export function conv2d(x: tf.Tensor4D, weight: tf.Tensor4D, options: Conv2dOptions = {}): tf.Tensor4D {
  const { strides = [1, 1], pads = [0, 0, 0, 0], groups = 1 } = options;
  if (x.shape[1] !== weight.shape[1]! * groups || weight.shape[0]! % groups !== 0) {
    throw new UserError(
      `conv2d: channels of x must equal groups × weight's, got x [${x.shape}], weight [${weight.shape}], groups ${groups}.`,
    );
  }
  const attributes = { strides, pads, groups };
  return hasFusedKernel(CONV_NCHW) ? fusedConv(x, weight, attributes) : composedConv(x, weight, attributes);
}
