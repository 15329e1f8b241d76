import { isDecayed, type MfmModel } from '@mfm/models';
import { buildTrainStep, type TrainStep } from '@mfm/train';
import * as tf from '@tensorflow/tfjs-core';
import { absoluteCheck, type Check, type Numbers, relativeCheck } from '../check/check.ts';
import { GRADIENT_NOISE, TOLERANCE } from '../check/tolerances.ts';
import type { Evaluate, FloatInput } from '../evaluate/evaluate.ts';
import type { MfmTrainCase } from './mfm-train.ts';

type Inputs = Record<string, FloatInput>;

/** The golden state: parameters, gradients at the first step, parameters after one and three steps. */
export interface GoldenState {
  readonly init: Inputs;
  readonly gradients: Inputs;
  readonly step1: Inputs;
  readonly step3: Inputs;
}

const keyed = (prefix: string, tensors: Inputs): Inputs =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}/${name}`, tensor]));

const scalar = (value: number): FloatInput => ({ shape: [], data: [value] });

/** The training step of the product over a loss of the checks' own. */
function stepOver(
  model: MfmModel,
  { train }: MfmTrainCase,
  batch: Inputs,
  loss: Parameters<typeof buildTrainStep>[0]['loss'],
): TrainStep {
  const shapes = Object.entries(batch).map(([name, { shape }]) => [name, { shape }] as const);
  return buildTrainStep({
    loss,
    trainable: model.parameters.filter((spec) => spec.trainable),
    fixed: model.parameters.filter((spec) => !spec.trainable),
    batch: Object.fromEntries(shapes),
    optimiser: {
      betas: train.betas,
      epsilon: train.eps,
      weightDecay: train.weight_decay,
      clipGrad: train.clip_grad,
      isDecayed,
    },
    accumulationSteps: 1,
  });
}

/** Runs optimiser steps on one batch, at a constant rate, from zero moments. */
async function runSteps(step: TrainStep, init: Inputs, batch: Inputs, lr: number, count: number, evaluate: Evaluate) {
  let state: Inputs = keyed('param', init);
  for (const [key, { shape }] of Object.entries(step.state)) {
    const size = shape.reduce((product, length) => product * length, 1);
    state[key] ??= { shape, data: new Float32Array(size) };
  }
  const metrics: { loss: number; gradNorm: number }[] = [];
  for (let number = 1; number <= count; number++) {
    const hyper = Object.entries(step.hyperValues(number, lr)).map(([key, value]) => [key, scalar(value)]);
    const inputs = { ...state, ...batch, ...(Object.fromEntries(hyper) as Inputs) };
    const results = await evaluate((tensors) => step.run(tensors, 'update'), inputs);
    state = Object.fromEntries(
      Object.entries(state).map(([key, { shape, data }]) => [key, { shape, data: results[key] ?? data }]),
    );
    metrics.push({ loss: results.loss![0]!, gradNorm: results.gradNorm![0]! });
  }
  return { state, metrics };
}

function parameterChecks(label: string, state: Inputs, golden: Inputs, gradients: Inputs, tolerance: number): Check[] {
  return Object.entries(gradients).map(([name, { data }]) => {
    const isNoise = (index: number) => Math.abs(Number(data[index])) < GRADIENT_NOISE;
    const actual: Numbers = state[`param/${name}`]?.data ?? [];
    return absoluteCheck(`${label}/${name}`, actual, golden[name]?.data ?? [], tolerance, isNoise);
  });
}

/** A loss whose gradient is a given one: Σ parameter · gradient. */
function injected(names: readonly string[]): Parameters<typeof buildTrainStep>[0]['loss'] {
  return (parameters, batch) =>
    tf.addN(names.map((name) => tf.sum(tf.mul(parameters[name]!, batch[`#gradient/${name}`]!)))) as tf.Scalar;
}

/**
 * The first step by clip and AdamW on the stored gradient, every entry; then three whole steps of our own, entries whose gradient is noise
 * left out, with the losses and gradient norms on the way.
 */
export async function trainingChecks(
  model: MfmModel,
  json: MfmTrainCase,
  data: { image: FloatInput; mask: FloatInput },
  { init, gradients, step1, step3 }: GoldenState,
  evaluate: Evaluate,
): Promise<Check[]> {
  const { lr } = json.train;
  const given = keyed('#gradient', gradients);
  const first = stepOver(model, json, given, injected(Object.keys(gradients)));
  const afterFirst = await runSteps(first, init, given, lr, 1, evaluate);
  const stored = Object.entries(gradients).map(([name]) =>
    absoluteCheck(
      `step1/${name}`,
      afterFirst.state[`param/${name}`]!.data,
      step1[name]!.data,
      TOLERANCE.parameterAfterStep,
    ),
  );

  const batch = { '#image': data.image, '#mask': data.mask };
  const whole = stepOver(model, json, batch, (parameters, inputs) =>
    model.imageLoss(parameters, inputs['#image'] as tf.Tensor4D, inputs['#mask']!),
  );
  const { state, metrics } = await runSteps(whole, init, batch, lr, 3, evaluate);
  const losses = metrics.map(({ loss }) => loss);
  const norms = metrics.map(({ gradNorm }) => gradNorm);
  return [
    ...stored,
    relativeCheck('losses of 3 steps', losses, json.losses_f64.slice(0, 3), TOLERANCE.loss),
    relativeCheck('gradient norms of 3 steps', norms, json.grad_norms_f64.slice(0, 3), TOLERANCE.gradient),
    ...parameterChecks('step3', state, step3, gradients, 3 * TOLERANCE.parameterAfterStep),
  ];
}
