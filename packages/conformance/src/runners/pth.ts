import { buildMfm, isPthTensor, type MfmModel, type PthValue, readPth } from '@mfm/models';
import * as tf from '@tensorflow/tfjs-core';
import { type Check, namesCheck, type Outcome, relativeCheck } from '../check/check.ts';
import { pickledChecks } from '../check/pickled-checks.ts';
import { TOLERANCE } from '../check/tolerances.ts';
import type { Evaluate, FloatInput, Tensors } from '../evaluate/evaluate.ts';
import type { GoldenCase } from '../golden/golden-case.ts';
import { type OfficialConfig, toMfmConfig } from '../golden/official-config.ts';

interface PthCase {
  pth: string;
  official_config: OfficialConfig;
  arch: { encoder_stride: number };
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

/** With every frequency kept, the model's input is the image itself. */
function outputs(model: MfmModel, { '#normalised': x, '#image': image, '#mask': mask, ...parameters }: Tensors) {
  const { cls_token, patch_tokens } = model.features(parameters, x as tf.Tensor4D);
  const [batch, length, width] = patch_tokens.shape;
  const side = Math.sqrt(length);
  const map = tf.reshape(tf.transpose(patch_tokens, [0, 2, 1]), [batch, width, side, side]);
  const { reconstruction } = model.reconstruct(parameters, image as tf.Tensor4D, tf.onesLike(mask!));
  const loss = model.imageLoss(parameters, image as tf.Tensor4D, mask!);
  return { 'out/forward_features': cls_token, 'out/encoder_map': map, 'out/decoder': reconstruction, loss };
}

async function outputChecks(
  model: MfmModel,
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
  const built = toMfmConfig(json.official_config, json.arch.encoder_stride);
  if ('unsupported' in built) return { checks, note: `outputs not compared yet: ${built.unsupported}` };
  const model = buildMfm(built.config);
  const names = model.parameters.map(({ name }) => name);
  checks.push(namesCheck('parameters', names, keys));
  return { checks: [...checks, ...(await outputChecks(model, golden, state!, evaluate))] };
}
