import { encodeModel, trace } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';

/** What a step of training is traced for. */
export interface HeadStepSettings {
  /** Heads that are trained side by side, each with a learning rate of its own: G. */
  readonly heads: number;
  /** K. */
  readonly classCount: number;
  /** Length of the features: D. */
  readonly dim: number;
  /** Rows of a batch: B. */
  readonly batchSize: number;
  readonly optimiser: 'sgd' | 'lars';
  /** Normalise features by the batch's mean and deviation, without scale and shift (BatchNorm1d, affine=False). */
  readonly batchNorm: boolean;
  readonly momentum: number;
}

/** LARS's η, the same in MAE and MoCo v3. */
const TRUST_COEFFICIENT = 1e-3;
/** Added to the batch's variance; MAE's probe. */
export const BATCH_NORM_EPSILON = 1e-6;
/** Weight of the newest batch in the running statistics: PyTorch's default. */
const STATISTICS_MOMENTUM = 0.1;

/** Shapes of the state: what a step reads and gives anew. */
export const stateShapes = ({ heads, classCount, dim }: HeadStepSettings) => ({
  weight: [heads, classCount, dim],
  bias: [heads, classCount],
  weight_momentum: [heads, classCount, dim],
  bias_momentum: [heads, classCount],
  running_mean: [dim],
  running_variance: [dim],
});

export type StateName = keyof ReturnType<typeof stateShapes>;

interface Normalised {
  readonly x: tf.Tensor2D;
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
}

function normaliseBatch(features: tf.Tensor2D, { batchNorm }: HeadStepSettings): Normalised {
  const mean = tf.mean(features, 0);
  const centred = tf.sub(features, mean);
  const variance = tf.mean(tf.square(centred), 0);
  const x = batchNorm ? tf.div(centred, tf.sqrt(tf.add(variance, BATCH_NORM_EPSILON))) : features;
  return { x: x as tf.Tensor2D, mean, variance };
}

/** Mean cross-entropy of each head, [G]. */
function headLosses(
  x: tf.Tensor2D,
  labels: tf.Tensor,
  weight: tf.Tensor,
  bias: tf.Tensor,
  { heads, classCount, dim, batchSize }: HeadStepSettings,
): tf.Tensor {
  const rows = tf.reshape(weight, [heads * classCount, dim]) as tf.Tensor2D;
  const flat = tf.add(tf.matMul(x, rows, false, true), tf.reshape(bias, [heads * classCount]));
  const logits = tf.reshape(flat, [batchSize, heads, classCount]);
  const classes = tf.tensor1d(Array.from({ length: classCount }, (_, k) => k));
  const isLabel = tf.reshape(tf.cast(tf.equal(labels, classes), 'float32'), [batchSize, 1, classCount]);
  const shifted = tf.sub(logits, tf.max(logits, -1, true));
  const logSum = tf.log(tf.sum(tf.exp(shifted), -1, true));
  return tf.mean(tf.sum(tf.mul(isLabel, tf.sub(logSum, shifted)), -1), 0);
}

/** The gradient of the weights, scaled for each head by η·‖weight‖ / ‖gradient‖ (You et al. 2017, as in MAE's `util/lars.py`). */
function scaleByTrust(weight: tf.Tensor, gradient: tf.Tensor): tf.Tensor {
  const norm = (value: tf.Tensor) => tf.sqrt(tf.sum(tf.square(value), [1, 2], true));
  const [weightNorm, gradientNorm] = [norm(weight), norm(gradient)];
  const one = tf.onesLike(gradientNorm);
  const trust = tf.div(tf.mul(weightNorm, TRUST_COEFFICIENT), tf.maximum(gradientNorm, 1e-30));
  const usable = tf.logicalAnd(tf.greater(weightNorm, 0), tf.greater(gradientNorm, 0));
  return tf.mul(gradient, tf.where(usable, trust, one));
}

/**
 * One step of training linear heads, as an ONNX graph: inputs `features` [B, D], `labels` [B, 1] (numbers of classes as floats), `rate` [G] and the state
 * of {@link stateShapes}; outputs `losses` [G] and `next.<name>` of the state. Momentum as in PyTorch: m ← μ·m + gradient, parameter ← parameter − rate·m. LARS scales the
 * gradients of weights, not of biases; neither decays weights, as in the protocols.
 */
export function traceHeadStep(settings: HeadStepSettings): Uint8Array {
  const { heads, dim, batchSize, momentum, optimiser } = settings;
  const shapes = stateShapes(settings);
  const inputs = Object.fromEntries(
    Object.entries({ ...shapes, features: [batchSize, dim], labels: [batchSize, 1], rate: [heads] }).map(
      ([name, shape]) => [name, { shape, dtype: 'float32' as const }],
    ),
  );
  const graph = trace((given) => {
    const input = (name: string): tf.Tensor => given[name]!;
    const { x, mean, variance } = normaliseBatch(input('features') as tf.Tensor2D, settings);
    const losses = (w: tf.Tensor, b: tf.Tensor) => headLosses(x, input('labels'), w, b, settings);
    // No head's loss depends on another's parameters: the gradient of the sum is each one's own.
    const [weightGradient, biasGradient] = tf.grads((w, b) => tf.sum(losses(w!, b!)))([input('weight'), input('bias')]);
    const scaled = optimiser === 'lars' ? scaleByTrust(input('weight'), weightGradient!) : weightGradient!;
    const weightMomentum = tf.add(tf.mul(input('weight_momentum'), momentum), scaled);
    const biasMomentum = tf.add(tf.mul(input('bias_momentum'), momentum), biasGradient!);
    const rate = input('rate');
    const blend = (running: tf.Tensor, own: tf.Tensor) =>
      tf.add(tf.mul(running, 1 - STATISTICS_MOMENTUM), tf.mul(own, STATISTICS_MOMENTUM));
    // The running variance is the unbiased one, as PyTorch keeps it.
    const unbiased = tf.mul(variance, batchSize / Math.max(1, batchSize - 1));
    return {
      losses: losses(input('weight'), input('bias')),
      'next.weight': tf.sub(input('weight'), tf.mul(weightMomentum, tf.reshape(rate, [heads, 1, 1]))),
      'next.bias': tf.sub(input('bias'), tf.mul(biasMomentum, tf.reshape(rate, [heads, 1]))),
      'next.weight_momentum': weightMomentum,
      'next.bias_momentum': biasMomentum,
      'next.running_mean': blend(input('running_mean'), mean),
      'next.running_variance': blend(input('running_variance'), unbiased),
    };
  }, inputs);
  return encodeModel(graph, {});
}
