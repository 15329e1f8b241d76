import type { InputSpec } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { type AdamwOptions, adamwScalars, adamwUpdate } from './adamw.ts';
import { clipByGlobalNorm } from './clip.ts';

/** Named tensors. */
export type Tensors = Record<string, tf.Tensor>;

/** A tensor that training changes. */
export interface TrainableSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** What is minimised: a scalar from the parameters and a batch, with no randomness of its own. */
export type LossFunction = (parameters: Tensors, batch: Tensors) => tf.Scalar;

/** AdamW with clipping, and which parameters decay. */
export interface OptimiserOptions extends AdamwOptions {
  readonly weightDecay: number;
  /** Bound of the global gradient norm. */
  readonly clipGrad: number;
  readonly isDecayed: (name: string, shape: readonly number[]) => boolean;
}

export interface TrainStepOptions {
  readonly loss: LossFunction;
  readonly trainable: readonly TrainableSpec[];
  /** Tensors the loss reads and training leaves alone. */
  readonly fixed: readonly TrainableSpec[];
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
  /** State tensors by key: `param/<name>`, `exp_avg/<name>`, `exp_avg_sq/<name>`, with accumulation `grad/<name>`. */
  readonly state: Readonly<Record<string, InputSpec>>;
  readonly batch: Readonly<Record<string, InputSpec>>;
  /** Scalars that change from step to step, by key `hyper/…`. */
  readonly hyper: Readonly<Record<string, InputSpec>>;
  /** Values of the hyper scalars for update number `step` (from 1). */
  hyperValues(step: number, lr: number): Record<string, number>;
  /** Gives the changed state under the same keys, and `loss` and `gradNorm`. */
  run(inputs: Tensors, phase: Phase): Tensors;
}

const HYPER = ['stepSize', 'epsilonHat', 'decay'] as const;

/** Makes the step for a loss and an optimiser. */
export function buildTrainStep(options: TrainStepOptions): TrainStep {
  const { loss, trainable, fixed, optimiser, accumulationSteps } = options;
  const accumulates = accumulationSteps > 1;
  const specs = (prefix: string, list: readonly TrainableSpec[]) =>
    Object.fromEntries(list.map(({ name, shape }) => [`${prefix}/${name}`, { shape }]));

  function gradients(inputs: Tensors): { value: tf.Scalar; grads: tf.Tensor[] } {
    const batch = Object.fromEntries(Object.keys(options.batch).map((key) => [key, inputs[key]!]));
    const constant = Object.fromEntries(fixed.map(({ name }) => [name, inputs[`param/${name}`]!]));
    const lossOf = (...tensors: tf.Tensor[]) => {
      const parameters = {
        ...constant,
        ...Object.fromEntries(trainable.map(({ name }, index) => [name, tensors[index]!])),
      };
      return loss(parameters, batch);
    };
    return tf.valueAndGrads(lossOf as (...args: tf.Tensor[]) => tf.Scalar)(
      trainable.map(({ name }) => inputs[`param/${name}`]!),
    );
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
      const scalars = {
        stepSize: inputs['hyper/stepSize'] as tf.Scalar,
        epsilonHat: inputs['hyper/epsilonHat'] as tf.Scalar,
        decay: optimiser.isDecayed(name, shape) ? (inputs['hyper/decay'] as tf.Scalar) : undefined,
      };
      const changed = adamwUpdate(moments, grads[index]!, coefficient, optimiser, scalars);
      next[keys.parameter] = changed.parameter;
      next[keys.expAvg] = changed.expAvg;
      next[keys.expAvgSq] = changed.expAvgSq;
      if (accumulates) next[`grad/${name}`] = tf.zeros(shape as number[]);
    }
    return next;
  }

  return {
    state: {
      ...specs('param', [...trainable, ...fixed]),
      ...specs('exp_avg', trainable),
      ...specs('exp_avg_sq', trainable),
      ...(accumulates ? specs('grad', trainable) : {}),
    },
    batch: options.batch,
    hyper: Object.fromEntries(HYPER.map((key) => [`hyper/${key}`, { shape: [] }])),
    hyperValues(step, lr) {
      const values = adamwScalars(optimiser, step, lr, optimiser.weightDecay);
      return Object.fromEntries(HYPER.map((key) => [`hyper/${key}`, values[key]]));
    },
    run(inputs, phase) {
      const { value, grads: fresh } = gradients(inputs);
      const grads = accumulates ? accumulated(inputs, fresh) : fresh;
      const { norm, coefficient } = clipByGlobalNorm(grads, optimiser.clipGrad);
      const metrics = { loss: value, gradNorm: norm };
      if (phase === 'update') return { ...update(inputs, grads, coefficient), ...metrics };
      const sums = grads.map((grad, index) => [`grad/${trainable[index]!.name}`, tf.mul(grad, coefficient)] as const);
      return { ...Object.fromEntries(sums), ...metrics };
    },
  };
}
