import { createRandom, degradeImage } from '@mfm/data';
import type { PretextModel } from '@mfm/models';
import type * as tf from '@tensorflow/tfjs-core';
import {
  absoluteCheck,
  type Check,
  type Numbers,
  type Outcome,
  relativeCheck,
  relativeNormCheck,
} from '../check/check.ts';
import { TOLERANCE } from '../check/tolerances.ts';
import type { Evaluate, FloatInput } from '../evaluate/evaluate.ts';
import type { GoldenCase } from '../golden/golden-case.ts';
import { bufferChecks } from './buffer-checks.ts';
import { goldenModel, group, type Inputs, type MfmTrainCase, parameterChecks, passes } from './mfm-train-model.ts';
import { trainingChecks } from './mfm-train-steps.ts';

/** How the golden README compares gradients: a ResNet's by their norm, since its ReLUs have kinks. */
function gradientCheck({ config }: PretextModel, name: string, actual: Numbers, expected: Numbers): Check {
  return config.encoder.type === 'resnet'
    ? relativeNormCheck(name, actual, expected, TOLERANCE.resnetGradient)
    : relativeCheck(name, actual, expected, TOLERANCE.gradient);
}

/** The `sr` task's images as the loader makes them, of images float32 [N, 3, H, W] in [0, 1] that were bytes. */
function superResolutionCheck(factor: number, { shape, data }: FloatInput, expected: Numbers): Check {
  const [batch, channels, height, width] = shape as [number, number, number, number];
  const plane = height * width;
  const size = channels * plane;
  const degraded = Array.from({ length: batch }, (_, sample) => {
    const pixels = Uint8Array.from({ length: size }, (_, i) =>
      Math.round(255 * Number(data[sample * size + (i % channels) * plane + Math.floor(i / channels)])),
    );
    return [...degradeImage(pixels, height, { type: 'sr', factor }, createRandom(0, 0, sample, 'degradation'))];
  });
  return absoluteCheck('the loader’s sr', degraded.flat(), expected, TOLERANCE.output);
}

/** The tables that fixed parameters begin with, and keep. */
const fixedChecks = ({ parameters }: PretextModel, { fixed_params }: MfmTrainCase, init: Inputs): Check[] =>
  fixed_params.map((name) => {
    const start = parameters.find((spec) => spec.name === name)?.init;
    const values = start?.kind === 'fixed' ? start.build() : new Float32Array();
    return absoluteCheck(`init/${name}`, values, init[name]?.data ?? [], TOLERANCE.output);
  });

/** Kind `mfm_train`: a whole model's outputs, loss, gradients and first steps. */
export async function runMfmTrain(golden: GoldenCase, evaluate: Evaluate): Promise<Outcome> {
  const json = golden.json as unknown as MfmTrainCase;
  const model = goldenModel(json);
  const tensors: Inputs = await golden.tensors();
  const init = group(tensors, 'init/');
  const image = tensors['input/image']!;
  // The degraded image of deblur and denoise is given; that of sr is what the official code computed.
  const input = tensors['input/mask'] ?? tensors['input/x_lq'] ?? tensors['out/x_lq']!;
  const shapes = Object.fromEntries(Object.entries(init).map(([name, { shape }]) => [name, shape]));
  const checks = parameterChecks(model, json, shapes);
  if (checks.some(({ error }) => error > 0)) return { checks };
  checks.push(...fixedChecks(model, json, init), ...bufferChecks(model.buffers, init));
  const parameters = Object.fromEntries(model.parameters.map(({ name }) => [name, init[name]!]));

  const results = await evaluate(({ '#image': x, '#input': i, ...rest }) => passes(model, x as tf.Tensor4D, i!, rest), {
    ...parameters,
    '#image': image,
    '#input': input,
  });
  for (const [key, { data }] of Object.entries(group(tensors, 'out/'))) {
    checks.push(relativeCheck(`out/${key}`, results[`out/${key}`] ?? [], data, TOLERANCE.output));
  }
  checks.push(relativeCheck('loss', results.loss!, [json.losses_f64[0]!], TOLERANCE.loss));
  const gradients = group(tensors, 'grad/');
  for (const [name, { data }] of Object.entries(gradients)) {
    checks.push(gradientCheck(model, `grad/${name}`, results[`grad/${name}`] ?? [], data));
  }
  const { task } = model.config;
  if (task.filter === 'sr') checks.push(superResolutionCheck(task.factor, image, tensors['out/x_lq']!.data));
  const state = { init: parameters, gradients, step1: group(tensors, 'step1/'), step3: group(tensors, 'step3/') };
  return { checks: [...checks, ...(await trainingChecks(model, json, { image, input }, state, evaluate))] };
}
