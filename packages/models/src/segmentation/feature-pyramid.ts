import { gelu, maxPool2d } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import type { ForwardContext } from '../encoder/encoder.ts';
import type { BufferSpec } from '../parameters/buffer-spec.ts';
import { affine, type ParameterSpec, pytorchDefault } from '../parameters/parameter-spec.ts';
import { pick, type Tensors } from '../parameters/tensors.ts';
import { batchNorm, batchNormBuffer, batchNormParameters } from '../resnet/batch-norm.ts';

/** Side of the kernel, and stride, of the transposed convolutions. */
const FACTOR = 2;

/** Weight [width, width, 2, 2] in PyTorch's layout of ConvTranspose2d (inputs first) and bias [width]. */
function doublingParameters(name: string, width: number): ParameterSpec[] {
  // PyTorch counts the inputs of a transposed convolution by the second axis.
  const init = pytorchDefault(width * FACTOR ** 2);
  return affine(name, [width, width, FACTOR, FACTOR], init, init);
}

/**
 * Doubles a map by a transposed convolution whose stride is its kernel, so that no two outputs overlap: a product per cell, and its numbers
 * put beside one another.
 *
 * @param x float32 [N, C, H, W]
 * @returns float32 [N, C, 2H, 2W]
 */
function doubled(x: tf.Tensor4D, parameters: Tensors, name: string): tf.Tensor4D {
  const [batch, width, height, columns] = x.shape;
  const weight = pick(parameters, `${name}.weight`);
  const cells = tf.reshape(tf.transpose(x, [0, 2, 3, 1]), [batch * height * columns, width]) as tf.Tensor2D;
  const outputs = weight.shape[1]!;
  const matrix = tf.reshape(weight, [width, outputs * FACTOR ** 2]) as tf.Tensor2D;
  const parts = tf.reshape(tf.matMul(cells, matrix), [batch, height, columns, outputs, FACTOR, FACTOR]);
  const placed = tf.reshape(tf.transpose(parts, [0, 3, 1, 4, 2, 5]), [
    ...[batch, outputs, FACTOR * height, FACTOR * columns],
  ]);
  return tf.add(placed, tf.reshape(pick(parameters, `${name}.bias`), [outputs, 1, 1])) as tf.Tensor4D;
}

const QUADRUPLED = 'neck.upsample_4x';
const DOUBLED = 'neck.upsample_2x';

/** Maps of one size as a pyramid. */
export interface FeaturePyramid {
  readonly parameters: ParameterSpec[];
  readonly buffers: BufferSpec[];
  /**
   * @param maps four of float32 [N, width, H, W]
   * @returns float32 [N, width, 4H, 4W], [N, width, 2H, 2W], [N, width, H, W], [N, width, ⌊H / 2⌋, ⌊W / 2⌋]
   */
  run(parameters: Tensors, maps: readonly tf.Tensor4D[], context: ForwardContext): tf.Tensor4D[];
}

/**
 * What makes a pyramid of the maps of a ViT, all of stride P: two transposed convolutions with batch normalisation and GELU between them, one, none,
 * and max pooling, to strides P/4, P/2, P, 2P (BEiT's segmentation; mmsegmentation's Feature2Pyramid, whose names it has).
 *
 * @param width channels of every map
 */
export function buildFeaturePyramid(width: number): FeaturePyramid {
  const first = `${QUADRUPLED}.0`;
  const [normalisation, second] = [`${QUADRUPLED}.1`, `${QUADRUPLED}.3`];
  const once = `${DOUBLED}.0`;
  return {
    parameters: [
      ...doublingParameters(first, width),
      ...batchNormParameters(normalisation, width),
      ...doublingParameters(second, width),
      ...doublingParameters(once, width),
    ],
    buffers: [batchNormBuffer(normalisation)],
    run(parameters, [finest, fine, same, coarse], context) {
      const middle = batchNorm(doubled(finest!, parameters, first), parameters, normalisation, context);
      return [
        doubled(gelu(middle), parameters, second),
        doubled(fine!, parameters, once),
        same!,
        maxPool2d(coarse!, { kernel: [FACTOR, FACTOR], strides: [FACTOR, FACTOR] }),
      ];
    },
  };
}
