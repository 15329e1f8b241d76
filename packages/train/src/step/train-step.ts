import type { InputSpec } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { type AdamwOptions, adamwScalars, adamwTensors, adamwUpdate } from './adamw.ts';
import { clipByGlobalNorm } from './clip.ts';
import { emaUpdate } from './ema.ts';
import type { GroupParameters } from './parameter-group.ts';

/** Named tensors. */
export type Tensors = Record<string, tf.Tensor>;

/** A tensor of the state. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * What is minimised: a scalar from the parameters and a batch, with no randomness of its own. It puts the new values of running
 * statistics into `statistics`, by name; they carry no gradient.
 */
export type LossFunction = (parameters: Tensors, batch: Tensors, statistics: Tensors) => tf.Scalar;

/** AdamW with clipping, and the groups of parameters. */
export interface OptimiserOptions extends AdamwOptions {
  readonly weightDecay: number;
  /** Bound of the global gradient norm; Infinity for none. */
  readonly clipGrad: number;
  readonly group: GroupParameters;
  /** Decay of an exponential moving average of the weights; absent for none. */
  readonly emaDecay?: number | undefined;
}

export interface TrainStepOptions {
  readonly loss: LossFunction;
  readonly trainable: readonly TensorSpec[];
  /** Tensors the loss reads and training leaves alone. */
  readonly fixed: readonly TensorSpec[];
  /** Running statistics, which every pass over a batch changes. */
  readonly statistics: readonly TensorSpec[];
  readonly batch: Readonly<Record<string, InputSpec>>;
  readonly optimiser: OptimiserOptions;
  /** Batches per update; each batch's loss counts 1 / accumulationSteps. */
  readonly accumulationSteps: number;
}

/**
 * `update` makes the step; `accumulate` adds the batch's gradient to the sum and clips the sum, as the official code does at every
 * batch, not only at the last.
 */
export type Phase = 'update' | 'accumulate';

/** The training step: a pure function of named tensors that any engine runs, and what it takes. */
export interface TrainStep {
  /** State tensors by key: `param/<name>`, `exp_avg/<name>`, `exp_avg_sq/<name>`, with accumulation `grad/<name>`, with an average `ema/<name>`. */
  readonly state: Readonly<Record<string, InputSpec>>;
  readonly batch: Readonly<Record<string, InputSpec>>;
  /** Scalars that change from step to step, by key `hyper/…`. */
  readonly hyper: Readonly<Record<string, InputSpec>>;
  /** The learning-rate scales in use, largest first: `hyperValues` takes a rate for each. */
  readonly lrScales: readonly number[];
  /** Values of the hyper scalars for update number `step` (from 1) at these rates, one for each of `lrScales`. */
  hyperValues(step: number, lrs: readonly number[]): Record<string, number>;
  /** The same from tensors, to float32 rounding: for graphs that are given step and rates themselves. */
  hyperTensors(step: tf.Scalar, lrs: readonly tf.Scalar[]): Tensors;
  /** Gives the changed state under the same keys, and `loss` and `gradNorm`. */
  run(inputs: Tensors, phase: Phase): Tensors;
  /** `run` in two halves, between which several processes sum up their gradients. */
  readonly halves: StepHalves;
}

/**
 * The two halves of a step. Each process weights its part of the batch, so that the whole is Σ weight · gradient / Σ weight: that is the gradient of
 * the whole batch's loss, a mean over bins or samples, where the weight is their number.
 */
export interface StepHalves {
  /** What the halves exchange, by key `gradient/<name>`. */
  readonly gradients: Readonly<Record<string, InputSpec>>;
  /** From parameters, batch and the scalar `lossWeight`: `gradient/<name>` and `loss`, both times the weight, and new running statistics by state key. */
  differentiate(inputs: Tensors): Tensors;
  /** From the state with those statistics, the hyper scalars, summed `gradient/<name>` and the scalar `gradientScale` = 1 / Σ weight: the rest of the changed state, and `gradNorm`. */
  apply(inputs: Tensors, phase: Phase): Tensors;
}

/** The halves' own scalars. */
export const LOSS_WEIGHT = 'lossWeight';
export const GRADIENT_SCALE = 'gradientScale';

/** Keys of the scalars of learning-rate scale number i. */
const stepSizeKey = (index: number) => `hyper/stepSize/${index}`;
const decayKey = (index: number) => `hyper/decay/${index}`;
const EPSILON_KEY = 'hyper/epsilonHat';
const gradientKey = (name: string) => `gradient/${name}`;

interface Gradients {
  value: tf.Scalar;
  grads: tf.Tensor[];
  /** New values of running statistics by state key. */
  statistics: Tensors;
}

/** Makes the step for a loss and an optimiser. */
export function buildTrainStep(options: TrainStepOptions): TrainStep {
  const { loss, trainable, fixed, optimiser, accumulationSteps } = options;
  const accumulates = accumulationSteps > 1;
  const specs = (prefix: string, list: readonly TensorSpec[]) =>
    Object.fromEntries(list.map(({ name, shape }) => [`${prefix}/${name}`, { shape }]));
  const constant = [...fixed, ...options.statistics];
  const averaged = optimiser.emaDecay === undefined ? [] : [...trainable, ...options.statistics];

  const groups = trainable.map(({ name, shape }) => optimiser.group(name, shape));
  const lrScales = [...new Set(groups.map(({ lrScale }) => lrScale))].sort((a, b) => b - a);
  const scaleIndex = groups.map(({ lrScale }) => lrScales.indexOf(lrScale));

  function gradients(inputs: Tensors, weight?: tf.Scalar): Gradients {
    const batch = Object.fromEntries(Object.keys(options.batch).map((key) => [key, inputs[key]!]));
    const constants = Object.fromEntries(constant.map(({ name }) => [name, inputs[`param/${name}`]!]));
    const changed: Tensors = {};
    const lossOf = (...tensors: tf.Tensor[]) => {
      const varied = Object.fromEntries(trainable.map(({ name }, index) => [name, tensors[index]!]));
      const unweighted = loss({ ...constants, ...varied }, batch, changed);
      const value = weight ? tf.mul(unweighted, weight) : unweighted;
      // The tape's scope ends with the gradients; these must outlive it.
      for (const tensor of Object.values(changed)) tf.keep(tensor);
      return value;
    };
    const { value, grads } = tf.valueAndGrads(lossOf as (...args: tf.Tensor[]) => tf.Scalar)(
      trainable.map(({ name }) => inputs[`param/${name}`]!),
    );
    const statistics = Object.entries(changed).map(([name, tensor]) => [`param/${name}`, tensor] as const);
    return { value, grads, statistics: Object.fromEntries(statistics) };
  }

  function accumulated(inputs: Tensors, grads: readonly tf.Tensor[]): tf.Tensor[] {
    return grads.map((grad, index) =>
      tf.add(inputs[`grad/${trainable[index]!.name}`]!, tf.div(grad, accumulationSteps)),
    );
  }

  function update(inputs: Tensors, grads: readonly tf.Tensor[], coefficient: tf.Scalar): Tensors {
    const next: Tensors = {};
    for (const [index, { name, shape }] of trainable.entries()) {
      const keys = { parameter: `param/${name}`, expAvg: `exp_avg/${name}`, expAvgSq: `exp_avg_sq/${name}` };
      const moments = {
        parameter: inputs[keys.parameter]!,
        expAvg: inputs[keys.expAvg]!,
        expAvgSq: inputs[keys.expAvgSq]!,
      };
      const scale = scaleIndex[index]!;
      const scalars = {
        stepSize: inputs[stepSizeKey(scale)] as tf.Scalar,
        epsilonHat: inputs[EPSILON_KEY] as tf.Scalar,
        decay: groups[index]!.decayed ? (inputs[decayKey(scale)] as tf.Scalar) : undefined,
      };
      const changed = adamwUpdate(moments, grads[index]!, coefficient, optimiser, scalars);
      next[keys.parameter] = changed.parameter;
      next[keys.expAvg] = changed.expAvg;
      next[keys.expAvgSq] = changed.expAvgSq;
      if (accumulates) next[`grad/${name}`] = tf.zeros(shape as number[]);
    }
    return next;
  }

  const sums = (grads: readonly tf.Tensor[], coefficient: tf.Scalar): Tensors =>
    Object.fromEntries(
      grads.map((grad, index) => [`grad/${trainable[index]!.name}`, tf.mul(grad, coefficient)] as const),
    );

  function averages(inputs: Tensors, next: Tensors): Tensors {
    const entries = averaged.map(({ name }) => {
      const [average, value] = [inputs[`ema/${name}`]!, next[`param/${name}`]!];
      return [`ema/${name}`, emaUpdate(average, value, optimiser.emaDecay!)] as const;
    });
    return Object.fromEntries(entries);
  }

  /** The hyper scalars by their keys, from the scalars of each rate. */
  function byKey<T>(ofRate: readonly { stepSize: T; epsilonHat: T; decay: T }[]): Record<string, T> {
    const values: Record<string, T> = {};
    for (const [index, { stepSize, epsilonHat, decay }] of ofRate.entries()) {
      values[EPSILON_KEY] = epsilonHat;
      values[stepSizeKey(index)] = stepSize;
      values[decayKey(index)] = decay;
    }
    return values;
  }

  return {
    state: {
      ...specs('param', [...trainable, ...constant]),
      ...specs('exp_avg', trainable),
      ...specs('exp_avg_sq', trainable),
      ...(accumulates ? specs('grad', trainable) : {}),
      ...specs('ema', averaged),
    },
    batch: options.batch,
    hyper: Object.fromEntries(
      [EPSILON_KEY, ...lrScales.flatMap((_, index) => [stepSizeKey(index), decayKey(index)])].map((key) => [
        key,
        { shape: [] },
      ]),
    ),
    lrScales,
    hyperValues: (step, lrs) => byKey(lrs.map((lr) => adamwScalars(optimiser, step, lr, optimiser.weightDecay))),
    hyperTensors: (step, lrs) => byKey(lrs.map((lr) => adamwTensors(optimiser, step, lr, optimiser.weightDecay))),
    run(inputs, phase) {
      const { value, grads: fresh, statistics } = gradients(inputs);
      const grads = accumulates ? accumulated(inputs, fresh) : fresh;
      const { norm, coefficient } = clipByGlobalNorm(grads, optimiser.clipGrad);
      const metrics = { loss: value, gradNorm: norm };
      if (phase === 'update') {
        const next = { ...statistics, ...update(inputs, grads, coefficient) };
        return { ...next, ...averages(inputs, next), ...metrics };
      }
      return { ...statistics, ...sums(grads, coefficient), ...metrics };
    },
    halves: {
      gradients: Object.fromEntries(trainable.map(({ name, shape }) => [gradientKey(name), { shape }])),
      differentiate(inputs) {
        const { value, grads, statistics } = gradients(inputs, inputs[LOSS_WEIGHT] as tf.Scalar);
        const named = grads.map((grad, index) => [gradientKey(trainable[index]!.name), grad] as const);
        return { ...Object.fromEntries(named), ...statistics, loss: value };
      },
      apply(inputs, phase) {
        const scale = inputs[GRADIENT_SCALE] as tf.Scalar;
        const summed = trainable.map(({ name }) => inputs[gradientKey(name)]!);
        const grads = accumulates
          ? accumulated(
              inputs,
              summed.map((grad) => tf.mul(grad, scale)),
            )
          : summed;
        const { norm, coefficient } = clipByGlobalNorm(grads, optimiser.clipGrad, accumulates ? undefined : scale);
        if (phase === 'accumulate') return { ...sums(grads, coefficient), gradNorm: norm };
        const next = update(inputs, grads, coefficient);
        return { ...next, ...averages(inputs, { ...inputs, ...next }), gradNorm: norm };
      },
    },
  };
}
