import { buildClassifier, evaluation, loadPretrained, type OfficialConfig, toEncoderConfig } from '@mfm/models';
import type * as tf from '@tensorflow/tfjs-core';
import { absoluteCheck, namesCheck, type Outcome, relativeCheck } from '../check/check.ts';
import { TOLERANCE } from '../check/tolerances.ts';
import type { Evaluate, FloatInput } from '../evaluate/evaluate.ts';
import type { GoldenCase } from '../golden/golden-case.ts';

interface LoadPretrainedCase {
  /** The official `MODEL.VIT`, or `MODEL.SWIN`, which has a depth for each stage. */
  finetune_config: Partial<OfficialConfig['MODEL']['VIT'] & OfficialConfig['MODEL']['SWIN']>;
  finetune_img: number;
  missing_keys: string[];
  unexpected_keys: string[];
}

/** Resampling in float64, rounded once; the official code's interpolation agrees with splines to 1e-7. */
const RESAMPLED = 1e-6;

type Host = Record<string, { shape: readonly number[]; data: Float32Array }>;

/** Floating-point tensors whose names begin with a prefix, without it. */
const group = (tensors: Record<string, FloatInput>, prefix: string): Host =>
  Object.fromEntries(
    Object.entries(tensors)
      .filter(([name, { data }]) => name.startsWith(prefix) && data instanceof Float32Array)
      .map(([name, { shape, data }]) => [name.slice(prefix.length), { shape, data: data as Float32Array }]),
  );

/** Kind `load_pretrained`: what fine-tuning begins with, and what the model then computes. */
export async function runLoadPretrained(golden: GoldenCase, evaluate: Evaluate): Promise<Outcome> {
  const { finetune_config, finetune_img, ...expected } = golden.json as unknown as LoadPretrainedCase;
  const tensors = await golden.tensors();
  const type = finetune_config.DEPTHS ? 'swin' : 'vit';
  const official = { MODEL: { TYPE: type, [type.toUpperCase()]: finetune_config } } as unknown as OfficialConfig;
  const initial = group(tensors, 'finetune_before/');
  const model = buildClassifier({
    imageSize: finetune_img,
    encoder: toEncoderConfig(official),
    numClasses: initial['head.weight']!.shape[0]!,
    ...{ mean: [0, 0, 0], std: [1, 1, 1] },
  });
  const { parameters, missing, unexpected } = loadPretrained(model, group(tensors, 'pretrained/'), { initial });
  const after = group(tensors, 'finetune_after/');
  const results = await evaluate(
    ({ '#images': images, ...rest }) => ({ logits: model.logits(rest, images as tf.Tensor4D, evaluation()) }),
    { ...parameters, '#images': tensors['input/image_normalized']! },
  );
  return {
    checks: [
      namesCheck('parameters', Object.keys(parameters), Object.keys(after)),
      namesCheck('missing keys', missing, expected.missing_keys),
      namesCheck('unexpected keys', unexpected, expected.unexpected_keys),
      ...Object.entries(after).map(([name, { data }]) =>
        absoluteCheck(`finetune_after/${name}`, parameters[name]?.data ?? [], data, RESAMPLED),
      ),
      relativeCheck('logits', results.logits!, tensors['out/logits']!.data, TOLERANCE.output),
    ],
  };
}
