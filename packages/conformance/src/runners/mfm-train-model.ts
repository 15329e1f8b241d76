import {
  buildPretext,
  isDecayed,
  type OfficialConfig,
  type PretextConfig,
  type PretextModel,
  toPretextConfig,
} from '@mfm/models';
import * as tf from '@tensorflow/tfjs-core';
import { type Check, namesCheck } from '../check/check.ts';
import type { FloatInput, Tensors } from '../evaluate/evaluate.ts';

/** Named tensors on the host. */
export type Inputs = Record<string, FloatInput>;

/** The JSON document of a case of kind `mfm_train`. */
export interface MfmTrainCase {
  official_config: OfficialConfig;
  /** Widths of a narrow ResNet. */
  arch: { channels: number[]; stem: number; layers: number[] } | null;
  buffers: string[];
  fixed_params: string[];
  losses_f64: number[];
  grad_norms_f64: number[];
  train: { lr: number; betas: [number, number]; eps: number; weight_decay: number; clip_grad: number };
  param_groups: { weight_decay: number; names: string[] }[];
}

/** The configuration of a case; a narrow ResNet's widths are not in the official one. */
function goldenConfig({ official_config, arch }: MfmTrainCase): PretextConfig {
  const config = toPretextConfig(official_config);
  if (!arch || config.encoder.type !== 'resnet') return config;
  return { ...config, encoder: { ...config.encoder, channels: arch.channels, stem: arch.stem, layers: arch.layers } };
}

/** The model of a case. */
export const goldenModel = (json: MfmTrainCase): PretextModel => buildPretext(goldenConfig(json));

/** Tensors whose names begin with a prefix, without it. */
export const group = (tensors: Inputs, prefix: string): Inputs =>
  Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );

const withShape = (name: string, shape: readonly number[]) => `${name} [${shape}]`;

/**
 * Names and shapes of the model's tensors, and which of them are buffers, fixed, decayed.
 *
 * @param shapes of the official parameters and running statistics, by name
 */
export function parameterChecks(
  { parameters, buffers }: PretextModel,
  json: MfmTrainCase,
  shapes: Readonly<Record<string, readonly number[]>>,
): Check[] {
  const tables = new Set(buffers.map(({ name }) => name));
  const expected = Object.entries(shapes).filter(([name]) => !tables.has(name));
  const names = (specs: typeof parameters) => specs.map(({ name }) => name);
  const trainable = parameters.filter((spec) => spec.trainable);
  const groups = json.param_groups.filter(({ weight_decay }) => weight_decay > 0);
  return [
    namesCheck(
      'parameter names and shapes',
      parameters.map(({ name, shape }) => withShape(name, shape)),
      expected.map(([name, shape]) => withShape(name, shape)),
    ),
    namesCheck('buffers', [...names(parameters.filter(({ statistic }) => statistic)), ...tables], json.buffers),
    namesCheck(
      'fixed parameters',
      names(parameters.filter((spec) => !spec.trainable && !spec.statistic)),
      json.fixed_params,
    ),
    namesCheck(
      'decayed parameters',
      names(trainable.filter(({ name, shape }) => isDecayed(name, shape))),
      groups.flatMap((decayed) => decayed.names),
    ),
  ];
}

/**
 * Outputs, loss and gradients by their golden names, the two passes in one function as a step has them.
 *
 * @param input the corruption's tensor
 */
export function passes(model: PretextModel, image: tf.Tensor4D, input: tf.Tensor, parameters: Tensors): Tensors {
  const context = { training: true, statistics: {} };
  const names = model.parameters.filter(({ trainable }) => trainable).map(({ name }) => name);
  const lossOf = (...values: tf.Tensor[]) => {
    const varied = Object.fromEntries(names.map((name, index) => [name, values[index]!]));
    return model.imageLoss({ ...parameters, ...varied }, image, input, context);
  };
  const { value, grads } = tf.valueAndGrads(lossOf)(names.map((name) => parameters[name]!));
  const { corrupted, encoderInput, z, reconstruction } = model.reconstruct(parameters, image, input, context);
  return {
    [model.corruption.input === 'mask' ? 'out/x_corrupted' : 'out/x_lq']: corrupted,
    'out/encoder_input': encoderInput,
    'out/z': z,
    'out/x_rec': reconstruction,
    loss: value,
    ...Object.fromEntries(grads.map((gradient, index) => [`grad/${names[index]}`, gradient])),
  };
}
