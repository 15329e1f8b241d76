import { UserError } from '@mfm/cli';
import { batchNormInference, batchNormTrain } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import type { ForwardContext } from '../encoder/encoder.ts';
import type { BufferSpec } from '../parameters/buffer-spec.ts';
import { affine, type Initialiser, ones, type ParameterSpec, statistic } from '../parameters/parameter-spec.ts';
import { pick, type Tensors } from '../parameters/tensors.ts';

/** PyTorch's defaults, which the official code keeps. */
const EPSILON = 1e-5;
/** Share of the batch in the new running statistics. */
const MOMENTUM = 0.1;

const meanName = (name: string) => `${name}.running_mean`;
const varianceName = (name: string) => `${name}.running_var`;

/** Weight, bias and running statistics of a batch normalisation, each [channels]. */
export const batchNormParameters = (name: string, channels: number, weight: Initialiser = ones): ParameterSpec[] => [
  ...affine(name, [channels], weight),
  statistic(meanName(name), [channels], 0),
  statistic(varianceName(name), [channels], 1),
];

/** The counter that PyTorch keeps beside them. */
export const batchNormBuffer = (name: string): BufferSpec => ({
  kind: 'batchesTracked',
  name: `${name}.num_batches_tracked`,
});

const mixed = (running: tf.Tensor, ofBatch: tf.Tensor) =>
  tf.add(tf.mul(running, 1 - MOMENTUM), tf.mul(ofBatch, MOMENTUM));

/**
 * Batch normalisation (Ioffe & Szegedy 2015) as torch.nn.BatchNorm2d: in training by the batch's statistics, of which the variance
 * goes into the running one unbiased (divided by the count less one); in evaluation by the running statistics.
 *
 * @param x float32 [N, C, H, W]
 * @throws UserError in training when there is one value per channel, which has no variance
 */
export function batchNorm(
  x: tf.Tensor4D,
  parameters: Tensors,
  name: string,
  { training, statistics, replicas = 1, copies = 1 }: ForwardContext,
): tf.Tensor4D {
  const [weight, bias] = [pick(parameters, `${name}.weight`), pick(parameters, `${name}.bias`)];
  const [runningMean, runningVariance] = [pick(parameters, meanName(name)), pick(parameters, varianceName(name))];
  if (!training) return batchNormInference(x, weight, bias, runningMean, runningVariance, EPSILON);
  if (x.size / x.shape[1] < 2) {
    throw new UserError(
      `batchNorm: ${name} must see more than one value per channel in training, got a batch of ${x.shape[0]} with maps of ` +
        `${x.shape[2]} × ${x.shape[3]}. Train with larger batches or images.`,
    );
  }
  const { y, count, mean, variance } = batchNormTrain(x, weight, bias, EPSILON, replicas);
  statistics[meanName(name)] = mixed(runningMean, mean);
  const values = count * copies;
  statistics[varianceName(name)] = mixed(runningVariance, tf.mul(variance, values / (values - 1)));
  return y;
}
