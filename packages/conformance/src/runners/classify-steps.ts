import { type Classifier, layerDecayGroup, softTargetCrossEntropy } from '@mfm/models';
import { buildTrainStep } from '@mfm/train';
import type * as tf from '@tensorflow/tfjs-core';
import { absoluteCheck, type Check, namesCheck, relativeCheck } from '../check/check.ts';
import { GRADIENT_NOISE, TOLERANCE } from '../check/tolerances.ts';
import type { Evaluate } from '../evaluate/evaluate.ts';
import type { Inputs } from './mfm-train-model.ts';
import { runSteps } from './mfm-train-steps.ts';

/** The part of a classification case that tells of its optimiser steps. */
export interface FinetuneSteps {
  /** Before each of three steps, and after. */
  losses_f64: number[];
  grad_norms_f32: number[];
  param_groups: { weight_decay: number; lr: number; names: string[] }[];
  train: {
    lr: number;
    betas: [number, number];
    eps: number;
    weight_decay: number;
    layer_decay: number;
    clip_grad: number | null;
  };
}

/** The golden README's bound for parameters after a step was found at this rate; AdamW's steps are proportional to the rate. */
const RATE_OF_BOUND = 3e-4;

function groupChecks({ parameters, config }: Classifier, { param_groups, train }: FinetuneSteps): Check[] {
  const group = layerDecayGroup(config.encoder, train.layer_decay);
  const describe = (name: string, lr: number, decayed: boolean) => `${name} ${lr.toPrecision(12)} ${decayed}`;
  const actual = parameters
    .filter(({ trainable }) => trainable)
    .map(({ name, shape }) => {
      const { lrScale, decayed } = group(name, shape);
      return describe(name, lrScale * train.lr, decayed);
    });
  const expected = param_groups.flatMap(({ names, lr, weight_decay }) =>
    names.map((name) => describe(name, lr, weight_decay > 0)),
  );
  return [namesCheck('parameter groups', actual, expected)];
}

/** Three fine-tuning steps on one batch: losses, gradient norms, and parameters but for entries whose gradient is noise. */
export async function classifySteps(
  model: Classifier,
  json: FinetuneSteps,
  batch: Inputs,
  { init, gradients, step3 }: { init: Inputs; gradients: Inputs; step3: Inputs },
  evaluate: Evaluate,
): Promise<Check[]> {
  const { train } = json;
  const step = buildTrainStep({
    loss: (parameters, { '#images': images, '#targets': targets, '#dropPath': dropPath }, statistics) => {
      const context = { training: true, dropPath: dropPath as tf.Tensor2D | undefined, statistics };
      const logits = model.logits(parameters, images as tf.Tensor4D, context);
      return softTargetCrossEntropy(logits, targets as tf.Tensor2D);
    },
    trainable: model.parameters.filter((spec) => spec.trainable),
    fixed: model.parameters.filter((spec) => !spec.trainable && !spec.statistic),
    statistics: model.parameters.filter((spec) => spec.statistic),
    batch: Object.fromEntries(Object.entries(batch).map(([name, { shape }]) => [name, { shape }])),
    optimiser: {
      betas: train.betas,
      epsilon: train.eps,
      weightDecay: train.weight_decay,
      clipGrad: train.clip_grad ?? Number.POSITIVE_INFINITY,
      group: layerDecayGroup(model.config.encoder, train.layer_decay),
    },
    accumulationSteps: 1,
  });
  const { state, metrics } = await runSteps(step, init, batch, train.lr, 3, evaluate);
  const losses = metrics.map(({ loss }) => loss);
  const norms = metrics.map(({ gradNorm }) => gradNorm);
  const tolerance = (3 * TOLERANCE.parameterAfterStep * train.lr) / RATE_OF_BOUND;
  return [
    ...groupChecks(model, json),
    relativeCheck('losses of 3 steps', losses, json.losses_f64.slice(0, 3), TOLERANCE.loss),
    relativeCheck('gradient norms of 3 steps', norms, json.grad_norms_f32.slice(0, 3), TOLERANCE.gradient),
    ...Object.entries(gradients).map(([name, { data }]) => {
      const isNoise = (index: number) => Math.abs(Number(data[index])) < GRADIENT_NOISE;
      const after = state[`param/${name}`]?.data ?? [];
      return absoluteCheck(`step3/${name}`, after, step3[name]?.data ?? [], tolerance, isNoise);
    }),
  ];
}
