import { smoothTargets } from '@mfm/data';
import {
  buildClassifier,
  type Classifier,
  type ClassifierConfig,
  evaluation,
  type OfficialConfig,
  type ResnetConfig,
  softTargetCrossEntropy,
  toEncoderConfig,
} from '@mfm/models';
import * as tf from '@tensorflow/tfjs-core';
import {
  type Check,
  type Numbers,
  namesCheck,
  type Outcome,
  relativeCheck,
  relativeNormCheck,
} from '../check/check.ts';
import { TOLERANCE } from '../check/tolerances.ts';
import type { Evaluate, FloatInput, Tensors } from '../evaluate/evaluate.ts';
import type { GoldenCase } from '../golden/golden-case.ts';
import { bufferChecks } from './buffer-checks.ts';
import { classifySteps, type FinetuneSteps } from './classify-steps.ts';
import { group, type Inputs } from './mfm-train-model.ts';

/** The JSON document of a case of kind `classify`. */
export interface ClassifyCase extends Partial<FinetuneSteps> {
  model: string;
  num_classes: number;
  official_config: OfficialConfig;
  label_smoothing: number;
  eval_ce_loss: number;
  eval_labelsmooth_loss: number;
  eval_soft_target_loss: number;
  train_loss_f32?: number;
  train_loss_f64?: number;
  /** Which samples keep each stochastic branch, by branch. */
  droppath?: { keep_probs: number[]; keep_masks: number[][] };
}

const SOFT_TARGETS = /^input\/soft_target/;

/** A narrow ResNet's widths are in its shapes alone. */
const withWidths = (config: ResnetConfig, init: Inputs): ResnetConfig => ({
  ...config,
  stem: init['conv1.weight']!.shape[0]!,
  channels: [1, 2, 3, 4].map((stage) => init[`layer${stage}.0.conv1.weight`]!.shape[0]!),
});

/** The model of a case; the official configuration of a ResNet is a ViT's, since the official code fine-tunes none. */
export function goldenClassifier(
  { model, official_config, num_classes }: ClassifyCase,
  init: Inputs,
): ClassifierConfig {
  const { DATA, MODEL } = official_config;
  const encoder = toEncoderConfig({ DATA, MODEL: { ...MODEL, TYPE: model } });
  return {
    imageSize: DATA.IMG_SIZE,
    encoder: encoder.type === 'resnet' ? withWidths(encoder, init) : encoder,
    numClasses: num_classes,
    ...{ mean: [0, 0, 0], std: [1, 1, 1], dropPathRate: MODEL.DROP_PATH_RATE ?? 0 },
  };
}

const isBuffer = (name: string) => /(relative_position_index|attn_mask|num_batches_tracked)$/.test(name);

function nameChecks({ parameters, encoder }: Classifier, init: Inputs): Check[] {
  const names = Object.entries(init);
  return [
    namesCheck(
      'parameter names and shapes',
      parameters.map(({ name, shape }) => `${name} [${shape}]`),
      names.filter(([name]) => !isBuffer(name)).map(([name, { shape }]) => `${name} [${shape}]`),
    ),
    namesCheck(
      'buffers',
      encoder.buffers.map(({ name }) => name),
      names.filter(([name]) => isBuffer(name)).map(([name]) => name),
    ),
  ];
}

/** Logits, and what the official model's `forward_features` gives: a ResNet's last map, else what is pooled. */
function evaluated(model: Classifier, { '#images': images, ...parameters }: Tensors): Tensors {
  const x = images as tf.Tensor4D;
  const isResnet = model.config.encoder.type === 'resnet';
  const features = isResnet
    ? model.features(parameters, x).stage_4!
    : model.encoder.pooled(parameters, x, evaluation());
  return { logits: model.logits(parameters, x, evaluation()), features };
}

/** Loss, gradients and new running statistics of one training pass. */
function trained(model: Classifier, inputs: Tensors): Tensors {
  const { '#images': images, '#targets': targets, '#dropPath': dropPath, ...parameters } = inputs;
  const context = { training: true, dropPath: dropPath as tf.Tensor2D | undefined, statistics: {} as Tensors };
  const names = model.parameters.filter(({ trainable }) => trainable).map(({ name }) => name);
  const lossOf = (...values: tf.Tensor[]) => {
    const varied = Object.fromEntries(names.map((name, index) => [name, values[index]!]));
    const logits = model.logits({ ...parameters, ...varied }, images as tf.Tensor4D, context);
    const loss = softTargetCrossEntropy(logits, targets as tf.Tensor2D);
    // They outlive the scope of the gradients.
    for (const statistic of Object.values(context.statistics)) tf.keep(statistic);
    return loss;
  };
  const { value, grads } = tf.valueAndGrads(lossOf)(names.map((name) => parameters[name]!));
  return {
    loss: value,
    ...Object.fromEntries(grads.map((gradient, index) => [`grad/${names[index]}`, gradient])),
    ...Object.fromEntries(Object.entries(context.statistics).map(([name, value]) => [`after/${name}`, value])),
  };
}

/** Keep masks [N, branches] from the document's one list a branch. */
const keepMasks = (masks: readonly number[][]): FloatInput => ({
  shape: [masks[0]!.length, masks.length],
  data: masks[0]!.flatMap((_, sample) => masks.map((mask) => mask[sample]!)),
});

async function lossChecks(
  json: ClassifyCase,
  logits: Numbers,
  targets: Record<string, FloatInput>,
  evaluate: Evaluate,
) {
  const expected: Record<string, number> = {
    ce: json.eval_ce_loss,
    smoothed: json.eval_labelsmooth_loss,
    soft: json.eval_soft_target_loss,
  };
  const shape = targets.ce!.shape;
  const losses = await evaluate(
    ({ '#logits': x, ...rest }) =>
      Object.fromEntries(
        Object.entries(rest).map(([name, t]) => [name, softTargetCrossEntropy(x as tf.Tensor2D, t as tf.Tensor2D)]),
      ),
    { ...targets, '#logits': { shape, data: logits } },
  );
  return Object.entries(expected).map(([name, value]) =>
    relativeCheck(`evaluation loss ${name}`, losses[name]!, [value], TOLERANCE.loss),
  );
}

/** How the golden README compares gradients: a ResNet's by their norm, since its ReLUs have kinks. */
const gradientCheck = ({ config }: Classifier, name: string, actual: Numbers, expected: Numbers): Check =>
  config.encoder.type === 'resnet'
    ? relativeNormCheck(name, actual, expected, TOLERANCE.resnetGradient)
    : relativeCheck(name, actual, expected, TOLERANCE.gradient);

/** Kind `classify`: a classifier's outputs, losses, gradients, running statistics and first steps. */
export async function runClassify(golden: GoldenCase, evaluate: Evaluate): Promise<Outcome> {
  const json = golden.json as unknown as ClassifyCase;
  const tensors: Inputs = await golden.tensors();
  const init = group(tensors, 'init/');
  const model = buildClassifier(goldenClassifier(json, init));
  const checks = [...nameChecks(model, init), ...bufferChecks(model.encoder.buffers, init)];
  if (checks.some(({ error }) => error > 0)) return { checks };
  const parameters = Object.fromEntries(model.parameters.map(({ name }) => [name, init[name]!]));
  const images = tensors['input/image_normalized']!;
  const labels = Array.from(tensors['input/target']!.data as ArrayLike<number | bigint>, Number);
  const distributions = (smoothing: number): FloatInput => ({
    shape: [labels.length, json.num_classes],
    data: smoothTargets(Int32Array.from(labels), json.num_classes, smoothing),
  });
  const targets = { ce: distributions(0), smoothed: distributions(json.label_smoothing) };

  const evaluatedResults = await evaluate((inputs) => evaluated(model, inputs), { ...parameters, '#images': images });
  for (const name of ['logits', 'features'] as const) {
    const { data } = tensors[`out/eval_${name}`]!;
    checks.push(relativeCheck(`out/eval_${name}`, evaluatedResults[name]!, data, TOLERANCE.output));
  }
  const soft = Object.entries(tensors).find(([name]) => SOFT_TARGETS.test(name))![1];
  checks.push(...(await lossChecks(json, evaluatedResults.logits!, { ...targets, soft }, evaluate)));

  const dropPath: Inputs = json.droppath ? { '#dropPath': keepMasks(json.droppath.keep_masks) } : {};
  const batch: Inputs = { '#images': images, '#targets': targets.smoothed, ...dropPath };
  const pass = await evaluate((inputs) => trained(model, inputs), { ...parameters, ...batch });
  const trainLoss = json.train_loss_f64 ?? json.losses_f64?.[0] ?? json.train_loss_f32!;
  checks.push(relativeCheck('train loss', pass.loss!, [trainLoss], TOLERANCE.loss));
  if (json.droppath) {
    const kept = model.encoder.dropPathRates.map((rate) => 1 - rate);
    checks.push(relativeCheck('keep probabilities', kept, json.droppath.keep_probs, TOLERANCE.loss));
  }
  const gradients = group(tensors, 'grad/');
  for (const [name, { data }] of Object.entries(gradients)) {
    checks.push(gradientCheck(model, `grad/${name}`, pass[`grad/${name}`] ?? [], data));
  }
  for (const [name, { data }] of Object.entries(group(tensors, 'after_train_forward/'))) {
    if (isBuffer(name)) continue;
    checks.push(relativeCheck(`after_train_forward/${name}`, pass[`after/${name}`] ?? [], data, TOLERANCE.output));
  }
  if (json.train !== undefined) {
    const state = { init: parameters, gradients, step3: group(tensors, 'step3/') };
    checks.push(...(await classifySteps(model, json as FinetuneSteps, batch, state, evaluate)));
  }
  return { checks };
}
