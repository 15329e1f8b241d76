import { UserError } from '@mfm/cli';
import * as tf from '@tensorflow/tfjs-core';
import { allReduceSum } from './all-reduce.ts';
import { hasFusedKernel } from './fused-kernel.ts';

/** Kernel name under which the tracing backend registers ONNX's BatchNormalization (its inference form). */
export const BATCH_NORMALIZATION = 'BatchNormalizationNCHW';

/** What {@link batchNormTrain} gives. */
export interface BatchNormTraining {
  /** float32 [N, C, H, W]. */
  readonly y: tf.Tensor4D;
  /** Values per channel that the statistics are over. */
  readonly count: number;
  /** Mean over batch and plane, float32 [C], without gradient. */
  readonly mean: tf.Tensor1D;
  /** Biased variance (divided by N·H·W) over batch and plane, float32 [C], without gradient. */
  readonly variance: tf.Tensor1D;
}

/** [C] as it broadcasts over [N, C, H, W]. */
const perChannel = (x: tf.Tensor) => tf.reshape(x, [x.size, 1, 1]);

/** Σ x over batch and plane: the planes first, which lie in memory as rows. */
function sumPerChannel(x: tf.Tensor4D): tf.Tensor1D {
  const [batch, channels] = x.shape;
  return tf.sum(tf.sum(tf.reshape(x, [batch, channels, -1]), 2), 0);
}

/** Pixels of a plane from which on a product per plane is faster than an elementwise product and a sum. */
const DOT_FROM = 512;

/** Σ a · b over batch and plane. */
function dotPerChannel(a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor1D {
  const [batch, channels, height, width] = a.shape;
  // Two reads and no write; eager backends have no fast product of single rows.
  if (!hasFusedKernel(BATCH_NORMALIZATION) || height * width < DOT_FROM) return sumPerChannel(tf.mul(a, b));
  const rows = (x: tf.Tensor) => tf.reshape(x, [batch * channels, 1, height * width]);
  return tf.sum(tf.reshape(tf.matMul(rows(a), rows(b), false, true), [batch, channels]), 0);
}

/** Its value without a gradient. */
function detached(compute: (x: tf.Tensor4D) => tf.Tensor1D, x: tf.Tensor4D): tf.Tensor1D {
  const withoutGradient = tf.customGrad((...args) => {
    const [x0] = args as unknown as [tf.Tensor4D];
    return { value: compute(x0), gradFunc: () => tf.zerosLike(x0) };
  });
  return withoutGradient(x) as tf.Tensor1D;
}

const inverseDeviation = (variance: tf.Tensor, epsilon: number) => tf.rsqrt(tf.add(variance, epsilon)) as tf.Tensor1D;

function checkChannels(caller: string, x: tf.Tensor4D, vectors: readonly tf.Tensor[]): void {
  if (x.rank === 4 && vectors.every(({ size }) => size === x.shape[1])) return;
  throw new UserError(
    `${caller}: x must be [N, C, H, W] and the others [C], got [${x.shape}] and ${vectors.map(({ shape }) => `[${shape}]`).join(', ')}.`,
  );
}

/**
 * Batch normalisation with the batch's own statistics (Ioffe & Szegedy 2015): (x − mean) / sqrt(variance + ε) · scale + bias, with
 * the biased variance as in PyTorch's training mode. The gradient goes through mean and variance.
 *
 * The centred input is written once and shared by variance, output and gradient: a difference of mean squares would save that pass,
 * and lose the variance of channels whose mean is large against it.
 *
 * @param x float32 [N, C, H, W]
 * @param scale float32 [C]
 * @param bias float32 [C]
 * @param epsilon added to the variance; 1e-5 in ResNet
 * @param replicas processes that the batch is spread over in equal parts: the statistics are then of all parts (torch.nn.SyncBatchNorm),
 *   and the gradient of the sum of their losses; default 1
 * @throws UserError when the shapes do not fit
 */
export function batchNormTrain(
  x: tf.Tensor4D,
  scale: tf.Tensor,
  bias: tf.Tensor,
  epsilon: number,
  replicas = 1,
): BatchNormTraining {
  checkChannels('batchNormTrain', x, [scale, bias]);
  const count = (x.size / x.shape[1]) * replicas;
  const overAll = (sum: tf.Tensor1D) => (replicas > 1 ? allReduceSum(sum) : sum);
  const centre = (x0: tf.Tensor4D, mean0: tf.Tensor) => tf.sub(x0, perChannel(mean0)) as tf.Tensor4D;
  const mean = detached((x0) => tf.div(overAll(sumPerChannel(x0)), count), x);
  const variance = detached((x0) => {
    const centred = centre(x0, mean);
    return tf.div(overAll(dotPerChannel(centred, centred)), count);
  }, x);
  const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => trainingGradient(dy, saved, count, overAll);
  const withGradient = tf.customGrad((...args) => {
    const [x0, scale0, bias0, save] = args as unknown as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    const centred = centre(x0, mean);
    save([centred, scale0, inverseDeviation(variance, epsilon)]);
    const value = normalise(centred, scale0, bias0, tf.zerosLike(bias0), variance, epsilon);
    return { value, gradFunc };
  });
  return { y: withGradient(x, scale, bias) as tf.Tensor4D, count, mean, variance };
}

/**
 * dx = scale/σ · (dy − mean(dy) − (x − mean)/σ² · mean(dy · (x − mean))), as one product and one sum per operand. The means are over all
 * processes; the gradients of scale and bias are of this one's part, since what is done with parameters' gradients sums them up.
 */
function trainingGradient(
  dy: tf.Tensor,
  saved: tf.Tensor[],
  count: number,
  overAll: (sum: tf.Tensor1D) => tf.Tensor1D,
): tf.Tensor[] {
  const [centred, scale, inverseStd] = saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
  const sumDy = sumPerChannel(dy as tf.Tensor4D);
  const sumDyCentred = dotPerChannel(dy as tf.Tensor4D, centred);
  const factor = tf.mul(scale, inverseStd);
  const ofCentred = tf.div(tf.mul(tf.mul(factor, tf.square(inverseStd)), overAll(sumDyCentred)), -count);
  const constant = tf.div(tf.mul(factor, overAll(sumDy)), -count);
  const correction = affine(centred, ofCentred, constant);
  const dx = tf.add(tf.mul(dy, perChannel(factor)), correction);
  return [dx, tf.mul(sumDyCentred, inverseStd), sumDy];
}

/**
 * Batch normalisation with given statistics: (x − mean) / sqrt(variance + ε) · scale + bias. Traced, it is one ONNX
 * BatchNormalization. x, scale and bias have gradients; the statistics count as constants.
 *
 * @param x float32 [N, C, H, W]
 * @param scale float32 [C]
 * @param bias float32 [C]
 * @param mean float32 [C], the running mean
 * @param variance float32 [C], the running variance, not negative
 * @param epsilon added to the variance; 1e-5 in ResNet
 * @returns float32 [N, C, H, W]
 * @throws UserError when the shapes do not fit
 */
export function batchNormInference(
  x: tf.Tensor4D,
  scale: tf.Tensor,
  bias: tf.Tensor,
  mean: tf.Tensor,
  variance: tf.Tensor,
  epsilon: number,
): tf.Tensor4D {
  checkChannels('batchNormInference', x, [scale, bias, mean, variance]);
  const withGradient = tf.customGrad((...args) => {
    const [x0, scale0, bias0, save] = args as unknown as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
    save([x0, scale0, mean, variance]);
    return { value: normalise(x0, scale0, bias0, mean, variance, epsilon), gradFunc };
  });
  const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
    const [x0, scale0, mean0, variance0] = saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
    const inverseStd = inverseDeviation(variance0, epsilon);
    const sumDy = sumPerChannel(dy as tf.Tensor4D);
    const centred = tf.sub(x0, perChannel(mean0)) as tf.Tensor4D;
    const dScale = tf.mul(dotPerChannel(dy as tf.Tensor4D, centred), inverseStd);
    return [tf.mul(dy, perChannel(tf.mul(scale0, inverseStd))), dScale, sumDy];
  };
  return withGradient(x, scale, bias) as tf.Tensor4D;
}

/** x · factor + constant per channel: traced one pass over x, as a normalisation that has nothing to normalise. */
function affine(x: tf.Tensor4D, factor: tf.Tensor, constant: tf.Tensor): tf.Tensor {
  const channels = [factor.size];
  if (hasFusedKernel(BATCH_NORMALIZATION))
    return normalise(x, factor, constant, tf.zeros(channels), tf.ones(channels), 0);
  return tf.add(tf.mul(x, perChannel(factor)), perChannel(constant));
}

function normalise(
  x: tf.Tensor4D,
  scale: tf.Tensor,
  bias: tf.Tensor,
  mean: tf.Tensor,
  variance: tf.Tensor,
  epsilon: number,
): tf.Tensor {
  if (hasFusedKernel(BATCH_NORMALIZATION)) {
    return tf.engine().runKernel(BATCH_NORMALIZATION, { x, scale, bias, mean, variance }, { epsilon }) as tf.Tensor;
  }
  const factor = tf.mul(scale, inverseDeviation(variance, epsilon));
  return tf.add(tf.mul(x, perChannel(factor)), perChannel(tf.sub(bias, tf.mul(mean, factor))));
}
