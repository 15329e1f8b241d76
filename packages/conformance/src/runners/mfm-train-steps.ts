import { isDecayed, type PretextModel } from '@mfm/models';
import { buildTrainStep, singleRate, type TrainStep } from '@mfm/train';
import * as tf from '@tensorflow/tfjs-core';
import { absoluteCheck, type Check, type Numbers, relativeCheck, relativeNormCheck } from '../check/check.ts';
import { GRADIENT_NOISE, TOLERANCE } from '../check/tolerances.ts';
import type { Evaluate, FloatInput } from '../evaluate/evaluate.ts';
import type { Inputs, MfmTrainCase } from './mfm-train-model.ts';

/** The golden state: parameters, gradients at the first step, parameters after one and three steps. */
export interface GoldenState {
  readonly init: Inputs;
  readonly gradients: Inputs;
  readonly step1: Inputs;
  readonly step3: Inputs;
}

export const keyed = (prefix: string, tensors: Inputs): Inputs =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}/${name}`, tensor]));

const scalar = (value: number): FloatInput => ({ shape: [], data: [value] });

type StepOptions = Parameters<typeof buildTrainStep>[0];

/** The training step of the product with a case's optimiser; `others` are what is not in it. */
export const goldenStep = (
  { train }: MfmTrainCase,
  others: Omit<StepOptions, 'optimiser' | 'batch' | 'accumulationSteps'> & { batch: Inputs },
  optimiser: Partial<StepOptions['optimiser']> = {},
): TrainStep =>
  buildTrainStep({
    ...others,
    batch: Object.fromEntries(Object.entries(others.batch).map(([name, { shape }]) => [name, { shape }])),
    optimiser: {
      ...{ betas: train.betas, epsilon: train.eps, weightDecay: train.weight_decay, clipGrad: train.clip_grad },
      ...{ group: singleRate(isDecayed), ...optimiser },
    },
    accumulationSteps: 1,
  });

/** The model's tensors by the part they play in a step. */
const partsOf = ({ parameters }: PretextModel) => ({
  trainable: parameters.filter((spec) => spec.trainable),
  fixed: parameters.filter((spec) => !spec.trainable && !spec.statistic),
  statistics: parameters.filter((spec) => spec.statistic),
});

/** A whole step of the model: its batch is `#image` and `#input`, the corruption's tensor. */
export const wholeStep = (model: PretextModel, json: MfmTrainCase, batch: Inputs): TrainStep =>
  goldenStep(json, {
    ...{ ...partsOf(model), batch },
    loss: (parameters, { '#image': image, '#input': input }, statistics) =>
      model.imageLoss(parameters, image as tf.Tensor4D, input!, { training: true, statistics }),
  });

/**
 * Runs optimiser steps on one batch, at a constant base rate, from zero moments.
 *
 * @param observe called after each step, with its number from 1 and the state
 */
export async function runSteps(
  step: TrainStep,
  init: Inputs,
  batch: Inputs,
  lr: number,
  count: number,
  evaluate: Evaluate,
  observe: (number: number, state: Inputs) => void = () => {},
) {
  const lrs = step.lrScales.map((scale) => scale * lr);
  let state: Inputs = keyed('param', init);
  for (const [key, { shape }] of Object.entries(step.state)) {
    const size = shape.reduce((product, length) => product * length, 1);
    state[key] ??= { shape, data: new Float32Array(size) };
  }
  const metrics: { loss: number; gradNorm: number }[] = [];
  for (let number = 1; number <= count; number++) {
    const hyper = Object.entries(step.hyperValues(number, lrs)).map(([key, value]) => [key, scalar(value)]);
    const inputs = { ...state, ...batch, ...(Object.fromEntries(hyper) as Inputs) };
    const results = await evaluate((tensors) => step.run(tensors, 'update'), inputs);
    state = Object.fromEntries(
      Object.entries(state).map(([key, { shape, data }]) => [key, { shape, data: results[key] ?? data }]),
    );
    metrics.push({ loss: results.loss![0]!, gradNorm: results.gradNorm![0]! });
    observe(number, state);
  }
  return { state, metrics };
}

/** Whether an activation has kinks, where rounding may decide the gradient. */
export const hasKinks = ({ config }: PretextModel): boolean => config.encoder.type === 'resnet';

/**
 * Norms before each of three steps. The golden inputs keep clear of kinks at the first step alone; from then on the relative error of
 * a gradient's norm is at most that of the gradient.
 */
export function gradientNormChecks(model: PretextModel, norms: readonly number[], golden: readonly number[]): Check[] {
  const later = hasKinks(model) ? TOLERANCE.kinkedGradient : TOLERANCE.gradient;
  return norms.map((norm, index) =>
    relativeCheck(
      `gradient norm of step ${index + 1}`,
      [norm],
      [golden[index]!],
      index === 0 ? TOLERANCE.gradient : later,
    ),
  );
}

/**
 * A parameter after three whole steps, but for entries whose gradient is noise: its largest difference, or with kinks the relative L2
 * error of its change.
 */
export function afterThreeSteps(
  model: PretextModel,
  name: string,
  { init, actual, golden, gradient }: Record<'init' | 'actual' | 'golden' | 'gradient', Numbers>,
): Check {
  const isNoise = (index: number) => Math.abs(Number(gradient[index])) < GRADIENT_NOISE;
  if (!hasKinks(model)) return absoluteCheck(name, actual, golden, 3 * TOLERANCE.parameterAfterStep, isNoise);
  const change = (values: Numbers) =>
    Float64Array.from(values as ArrayLike<number>, (value, index) =>
      isNoise(index) ? 0 : Number(value) - Number(init[index]),
    );
  return relativeNormCheck(name, change(actual), change(golden), TOLERANCE.kinkedGradient);
}

/**
 * Running statistics after a step, and the counters of batches, which are the number of steps.
 *
 * @param tolerance of the relative L2 error of a statistic
 */
export function statisticsChecks(
  model: PretextModel,
  number: number,
  state: Inputs,
  golden: Inputs,
  tolerance: number = TOLERANCE.output,
): Check[] {
  const statistics = model.parameters.filter(({ statistic }) => statistic);
  const counters = model.encoder.buffers.filter(({ kind }) => kind === 'batchesTracked');
  return [
    ...statistics.map(({ name }) => {
      const actual = state[`param/${name}`]?.data ?? [];
      return relativeNormCheck(`step${number}/${name}`, actual, golden[name]?.data ?? [], tolerance);
    }),
    ...counters.map(({ name }) => absoluteCheck(`step${number}/${name}`, [number], golden[name]?.data ?? [], 0)),
  ];
}

/** A loss whose gradient is a given one, `#gradient/<name>` of the batch: Σ parameter · gradient. */
export function injected(names: readonly string[]): StepOptions['loss'] {
  return (parameters, batch) =>
    tf.addN(names.map((name) => tf.sum(tf.mul(parameters[name]!, batch[`#gradient/${name}`]!)))) as tf.Scalar;
}

/**
 * The first step by clip and AdamW on the stored gradient, every entry; then three whole steps of our own, with the losses, gradient
 * norms and running statistics on the way.
 */
export async function trainingChecks(
  model: PretextModel,
  json: MfmTrainCase,
  data: { image: FloatInput; input: FloatInput },
  { init, gradients, step1, step3 }: GoldenState,
  evaluate: Evaluate,
): Promise<Check[]> {
  const { lr } = json.train;
  const given = keyed('#gradient', gradients);
  const first = goldenStep(json, { ...partsOf(model), batch: given, loss: injected(Object.keys(gradients)) });
  const afterFirst = await runSteps(first, init, given, lr, 1, evaluate);
  const stored = Object.entries(gradients).map(([name]) =>
    absoluteCheck(
      `step1/${name}`,
      afterFirst.state[`param/${name}`]!.data,
      step1[name]!.data,
      TOLERANCE.parameterAfterStep,
    ),
  );

  const batch = { '#image': data.image, '#input': data.input };
  const statistics: Check[] = [];
  const { state, metrics } = await runSteps(
    wholeStep(model, json, batch),
    init,
    batch,
    lr,
    3,
    evaluate,
    (number, now) => {
      if (number === 1) statistics.push(...statisticsChecks(model, 1, now, step1));
      if (number === 3) statistics.push(...statisticsChecks(model, 3, now, step3));
    },
  );
  const losses = metrics.map(({ loss }) => loss);
  const norms = metrics.map(({ gradNorm }) => gradNorm);
  return [
    ...stored,
    ...statistics,
    relativeCheck('losses of 3 steps', losses, json.losses_f64.slice(0, 3), TOLERANCE.loss),
    ...gradientNormChecks(model, norms, json.grad_norms_f64),
    ...Object.entries(gradients).map(([name, { data: gradient }]) => {
      const values = {
        init: init[name]!.data,
        actual: state[`param/${name}`]!.data,
        golden: step3[name]!.data,
        gradient,
      };
      return afterThreeSteps(model, `step3/${name}`, values);
    }),
  ];
}
