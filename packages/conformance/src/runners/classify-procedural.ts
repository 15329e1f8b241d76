import { buildClassifier, evaluation } from '@mfm/models';
import type * as tf from '@tensorflow/tfjs-core';
import { namesCheck, type Outcome, relativeCheck } from '../check/check.ts';
import { proceduralChecks } from '../check/procedural-checks.ts';
import { TOLERANCE } from '../check/tolerances.ts';
import type { Evaluate } from '../evaluate/evaluate.ts';
import type { GoldenCase } from '../golden/golden-case.ts';
import { type ProceduralTensor, proceduralTensor } from '../golden/procedural.ts';

interface ClassifyProceduralCase {
  layers: number[];
  num_classes: number;
  procedural: { tensors: Record<string, ProceduralTensor> };
}

/** Kind `classify_procedural`: what a ResNet of real size computes in evaluation. */
export async function runClassifyProcedural(golden: GoldenCase, evaluate: Evaluate): Promise<Outcome> {
  const { layers, num_classes: numClasses, procedural } = golden.json as unknown as ClassifyProceduralCase;
  const tensors = await golden.tensors();
  const images = tensors['input/image_normalized']!;
  const model = buildClassifier({
    imageSize: images.shape[2]!,
    encoder: { type: 'resnet', block: 'bottleneck', layers },
    ...{ numClasses, mean: [0, 0, 0], std: [1, 1, 1] },
  });
  const expected = Object.entries(procedural.tensors);
  const checks = [
    namesCheck(
      'parameter names and shapes',
      model.parameters.map(({ name, shape }) => `${name} [${shape}]`),
      expected.map(([name, { shape }]) => `${name} [${shape}]`),
    ),
  ];
  if (checks.some(({ error }) => error > 0)) return { checks };
  const parameters = Object.fromEntries(expected.map(([name, entry]) => [name, proceduralTensor(entry)]));
  checks.push(...expected.flatMap(([name, entry]) => proceduralChecks(name, entry, parameters[name]!)));
  const results = await evaluate(
    ({ '#images': x, ...rest }) => {
      const { stage_4, mean_pooled } = model.features(rest, x as tf.Tensor4D);
      const logits = model.logits(rest, x as tf.Tensor4D, evaluation());
      return { 'out/eval_features': stage_4!, 'out/eval_pooled': mean_pooled!, 'out/eval_logits': logits };
    },
    { ...parameters, '#images': images },
  );
  const outputs = Object.entries(tensors).filter(([name]) => name.startsWith('out/'));
  checks.push(...outputs.map(([name, { data }]) => relativeCheck(name, results[name] ?? [], data, TOLERANCE.output)));
  return { checks };
}
