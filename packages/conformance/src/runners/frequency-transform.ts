import { corruptFrequencies, filterFrequencies } from '@mfm/models';
import type * as tf from '@tensorflow/tfjs-core';
import { type Check, type Outcome, relativeCheck } from '../check/check.ts';
import { TOLERANCE } from '../check/tolerances.ts';
import type { Evaluate } from '../evaluate/evaluate.ts';
import type { GoldenCase } from '../golden/golden-case.ts';

/** A mask [H, W] is one for the whole batch. */
function forBatch(mask: { shape: readonly number[]; data: ArrayLike<number | bigint> }, batch: number) {
  if (mask.shape.length === 3) return mask;
  const one = Array.from(mask.data);
  return { shape: [batch, ...mask.shape], data: Array.from({ length: batch }, () => one).flat() };
}

/** Kind `frequency_transform`: images with part of their spectrum, before and after the clamp. */
export async function runFrequencyTransform(golden: GoldenCase, evaluate: Evaluate): Promise<Outcome> {
  const tensors = await golden.tensors();
  const checks: Check[] = [];
  for (const { name, filter } of golden.json.entries as { name: string; filter: string }[]) {
    const image = tensors[`${name}/image`]!;
    const expected = (key: string) => tensors[`${name}/${filter}/${key}`]!;
    const mask = forBatch(expected('mask'), image.shape[0]!);
    const results = await evaluate(
      (inputs) => {
        const [x, m] = [inputs.image as tf.Tensor4D, inputs.mask as tf.Tensor3D];
        return { x_unclamped: filterFrequencies(x, m), x_corrupted: corruptFrequencies(x, m) };
      },
      { image, mask },
    );
    for (const key of ['x_unclamped', 'x_corrupted']) {
      checks.push(relativeCheck(`${name}/${filter}/${key}`, results[key]!, expected(key).data, TOLERANCE.output));
    }
  }
  return { checks };
}
