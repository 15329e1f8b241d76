import { buildMfm, isDecayed, type MfmModel, type ParameterSpec } from '@mfm/models';
import * as tf from '@tensorflow/tfjs-core';
import { absoluteCheck, type Check, namesCheck, type Outcome, relativeCheck } from '../check/check.ts';
import { TOLERANCE } from '../check/tolerances.ts';
import type { Evaluate, FloatInput, Tensors } from '../evaluate/evaluate.ts';
import type { GoldenCase } from '../golden/golden-case.ts';
import { type OfficialConfig, toMfmConfig } from '../golden/official-config.ts';
import { trainingChecks } from './mfm-train-steps.ts';

/** The JSON document of a case of kind `mfm_train`. */
export interface MfmTrainCase {
  official_config: OfficialConfig;
  encoder_stride: number;
  buffers: string[];
  fixed_params: string[];
  losses_f64: number[];
  grad_norms_f64: number[];
  train: { lr: number; betas: [number, number]; eps: number; weight_decay: number; clip_grad: number };
  param_groups: { weight_decay: number; names: string[] }[];
}

/** Tensors whose names begin with a prefix, without it. */
const group = (tensors: Record<string, FloatInput>, prefix: string): Record<string, FloatInput> =>
  Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );

const shapeOf = (name: string, shape: readonly number[]) => `${name} [${shape}]`;

function parameterChecks(
  specs: readonly ParameterSpec[],
  json: MfmTrainCase,
  init: Record<string, FloatInput>,
): Check[] {
  const expected = Object.entries(init).filter(([name]) => !json.buffers.includes(name));
  const trainable = specs.filter((spec) => spec.trainable);
  const decayed = trainable.filter(({ name, shape }) => isDecayed(name, shape));
  const groups = json.param_groups.filter(({ weight_decay }) => weight_decay > 0);
  return [
    namesCheck(
      'parameter names and shapes',
      specs.map(({ name, shape }) => shapeOf(name, shape)),
      expected.map(([name, { shape }]) => shapeOf(name, shape)),
    ),
    namesCheck(
      'fixed parameters',
      specs.filter((spec) => !spec.trainable).map(({ name }) => name),
      json.fixed_params,
    ),
    namesCheck(
      'decayed parameters',
      decayed.map(({ name }) => name),
      groups.flatMap(({ names }) => names),
    ),
  ];
}

/** Forward and backward pass in one function, as a step has them. */
function passes(model: MfmModel, image: tf.Tensor4D, mask: tf.Tensor, parameters: Tensors): Tensors {
  const names = model.parameters.filter(({ trainable }) => trainable).map(({ name }) => name);
  const lossOf = (...values: tf.Tensor[]) => {
    const varied = Object.fromEntries(names.map((name, index) => [name, values[index]!]));
    return model.imageLoss({ ...parameters, ...varied }, image, mask);
  };
  const { value, grads } = tf.valueAndGrads(lossOf)(names.map((name) => parameters[name]!));
  const { corrupted, encoderInput, z, reconstruction } = model.reconstruct(parameters, image, mask);
  return {
    'out/x_corrupted': corrupted,
    'out/encoder_input': encoderInput,
    'out/z': z,
    'out/x_rec': reconstruction,
    loss: value,
    ...Object.fromEntries(grads.map((gradient, index) => [`grad/${names[index]}`, gradient])),
  };
}

/** Kind `mfm_train`: a whole model's outputs, loss, gradients and first steps. */
export async function runMfmTrain(golden: GoldenCase, evaluate: Evaluate): Promise<Outcome> {
  const json = golden.json as unknown as MfmTrainCase;
  const built = toMfmConfig(json.official_config, json.encoder_stride);
  if ('unsupported' in built) return { skipped: `${built.unsupported} not supported yet` };
  const model = buildMfm(built.config);
  const tensors = await golden.tensors();
  const init = group(tensors, 'init/');
  const [image, mask] = [tensors['input/image']!, tensors['input/mask']!];
  const checks = parameterChecks(model.parameters, json, init);
  const parameters = Object.fromEntries(model.parameters.map(({ name }) => [name, init[name]!]));
  if (checks.some(({ error }) => error > 0)) return { checks };

  const results = await evaluate(({ '#image': x, '#mask': m, ...rest }) => passes(model, x as tf.Tensor4D, m!, rest), {
    ...parameters,
    '#image': image,
    '#mask': mask,
  });
  for (const [key, { data }] of Object.entries(group(tensors, 'out/'))) {
    checks.push(relativeCheck(`out/${key}`, results[`out/${key}`] ?? [], data, TOLERANCE.output));
  }
  checks.push(relativeCheck('loss', results.loss!, [json.losses_f64[0]!], TOLERANCE.loss));
  const gradients = group(tensors, 'grad/');
  for (const [name, { data }] of Object.entries(gradients)) {
    checks.push(relativeCheck(`grad/${name}`, results[`grad/${name}`] ?? [], data, TOLERANCE.gradient));
  }
  const state = { init: parameters, gradients, step1: group(tensors, 'step1/'), step3: group(tensors, 'step3/') };
  checks.push(...(await trainingChecks(model, json, { image, mask }, state, evaluate)));
  for (const name of json.fixed_params) {
    checks.push(absoluteCheck(`init/${name}`, fixedValues(model, name), init[name]!.data, TOLERANCE.output));
  }
  return { checks };
}

/** The table that a fixed parameter begins with, and keeps. */
function fixedValues(model: MfmModel, name: string): Float32Array {
  const init = model.parameters.find((spec) => spec.name === name)?.init;
  return init?.kind === 'fixed' ? init.build() : new Float32Array();
}
