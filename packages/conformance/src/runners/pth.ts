import {
  buildPretext,
  evaluation,
  isPthTensor,
  type OfficialConfig,
  type PretextConfig,
  type PretextModel,
  type PthValue,
  readPth,
  toPretextConfig,
} from '@mfm/models';
import * as tf from '@tensorflow/tfjs-core';
import { type Check, namesCheck, type Outcome, relativeCheck } from '../check/check.ts';
import { pickledChecks } from '../check/pickled-checks.ts';
import { TOLERANCE } from '../check/tolerances.ts';
import type { Evaluate, FloatInput, Tensors } from '../evaluate/evaluate.ts';
import type { GoldenCase } from '../golden/golden-case.ts';

interface PthCase {
  pth: string;
  official_config: OfficialConfig;
  /** Widths of a narrow ResNet, which the official configuration does not have. */
  arch?: { channels?: number[]; stem?: number };
  model_keys: string[];
  eval_mfm_loss: number;
}

/** Entries of the checkpoint by the entries of the document that tell what is in them. */
const DOCUMENTED = {
  model: 'tensors',
  optimizer: 'optimizer',
  lr_scheduler: 'lr_scheduler',
  epoch: 'epoch',
  max_accuracy: 'max_accuracy',
} as const;

const entry = (value: PthValue | undefined, key: string) => (value instanceof Map ? value.get(key) : undefined);

function pthConfig({ official_config, arch }: PthCase): PretextConfig {
  const config = toPretextConfig(official_config);
  if (config.encoder.type !== 'resnet' || !arch?.channels || !arch.stem) return config;
  return { ...config, encoder: { ...config.encoder, channels: arch.channels, stem: arch.stem } };
}

type Features = (model: PretextModel, parameters: Tensors, images: tf.Tensor4D, map: tf.Tensor4D) => tf.Tensor;

/** What the official `forward_features` of each encoder gives in pre-training. */
const FORWARD_FEATURES: Readonly<Record<PretextConfig['encoder']['type'], Features>> = {
  vit: ({ features }, parameters, images) => features(parameters, images).cls_token!,
  swin: ({ encoder }, parameters, images) => encoder.pooled(parameters, images, evaluation()),
  resnet: (_model, _parameters, _images, map) => map,
};

/** With every frequency kept, the model's input is the image itself. */
function outputs(model: PretextModel, { '#normalised': x, '#image': image, '#mask': mask, ...parameters }: Tensors) {
  const { encoder } = model;
  const images = x as tf.Tensor4D;
  const rows = encoder.encode(parameters, images, evaluation());
  const cells = tf.reshape(rows, [images.shape[0], encoder.grid, encoder.grid, encoder.embedDim]);
  const map = tf.transpose(cells, [0, 3, 1, 2]) as tf.Tensor4D;
  const { reconstruction } = model.reconstruct(parameters, image as tf.Tensor4D, tf.onesLike(mask!));
  return {
    'out/forward_features': FORWARD_FEATURES[model.config.encoder.type](model, parameters, images, map),
    'out/encoder_map': map,
    'out/decoder': reconstruction,
    loss: model.imageLoss(parameters, image as tf.Tensor4D, mask!, evaluation()),
  };
}

async function outputChecks(
  model: PretextModel,
  golden: GoldenCase,
  state: PthValue,
  evaluate: Evaluate,
): Promise<Check[]> {
  const { eval_mfm_loss: expectedLoss } = golden.json as unknown as PthCase;
  const tensors = await golden.tensors();
  const inputs: Record<string, FloatInput> = {
    '#normalised': tensors['input/image_normalized']!,
    '#image': tensors['input/image']!,
    '#mask': tensors['input/mask']!,
  };
  for (const { name } of model.parameters) {
    const tensor = entry(state, name);
    if (isPthTensor(tensor)) inputs[name] = tensor;
  }
  const results = await evaluate((given) => outputs(model, given), inputs);
  const names = Object.keys(tensors).filter((name) => name.startsWith('out/'));
  return [
    ...names.map((name) => relativeCheck(name, results[name] ?? [], tensors[name]!.data, TOLERANCE.output)),
    relativeCheck('loss', results.loss!, [expectedLoss], TOLERANCE.loss),
  ];
}

/** Kind `pth`: everything in an official checkpoint, and what the model with its weights computes, where this project has the model. */
export async function runPth(golden: GoldenCase, evaluate: Evaluate): Promise<Outcome> {
  const json = golden.json as unknown as PthCase;
  const checkpoint = await readPth(golden.path(json.pth));
  const state = entry(checkpoint, 'model');
  const keys = state instanceof Map ? [...state.keys()].map(String) : [];
  const checks = [
    namesCheck('model keys', keys, json.model_keys),
    ...Object.entries(DOCUMENTED).flatMap(([key, documented]) =>
      pickledChecks(key, entry(checkpoint, key), golden.json[documented]),
    ),
  ];
  for (const part of ['DATA', 'MODEL'] as const) {
    checks.push(
      ...pickledChecks(`config.${part}`, entry(entry(checkpoint, 'config'), part), json.official_config[part]),
    );
  }
  const model = buildPretext(pthConfig(json));
  const names = [...model.parameters, ...model.buffers].map(({ name }) => name);
  checks.push(namesCheck('parameters and buffers', names, keys));
  return { checks: [...checks, ...(await outputChecks(model, golden, state!, evaluate))] };
}
