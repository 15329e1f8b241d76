import {
  type FrequencyLossInputs,
  frequencyDistance,
  frequencyLoss,
  type OfficialConfig,
  toLossOptions,
} from '@mfm/models';
import * as tf from '@tensorflow/tfjs-core';
import { type Check, type Outcome, relativeCheck } from '../check/check.ts';
import { TOLERANCE } from '../check/tolerances.ts';
import type { Evaluate, Tensors } from '../evaluate/evaluate.ts';
import type { GoldenCase } from '../golden/golden-case.ts';

type OfficialLoss = OfficialConfig['MODEL']['FREQ_LOSS'];

interface LossEntry {
  name: string;
  /** The official names in lower case. */
  options: Record<string, number | boolean>;
  mean_f64: number;
  grad_mean_max_abs: number;
  grad_mean_max_diff: number;
  masked_f64?: number;
  grad_masked_max_abs?: number;
  grad_masked_max_diff?: number;
}

/** The weights given in place of computed ones are used by the setting named after them. */
const usesPredefinedMatrix = ({ name }: LossEntry) => name.includes('predefined');

/**
 * Where the gradient is singular (γ < 1 near zero error) the official float32 run is itself off by more than the usual bound. What it is off by,
 * four times, bounds us there: a transform summed in float32 rounds somewhat more than a fast one, and both sides do.
 */
const gradientTolerance = (largest: number, deviation: number) =>
  Math.max(TOLERANCE.gradient, (4 * deviation) / (largest || 1));

const upperCase = (options: LossEntry['options']) =>
  Object.fromEntries(
    Object.entries(options).map(([key, value]) => [key.toUpperCase(), value]),
  ) as unknown as OfficialLoss;

const lossAndGradient = (
  loss: (prediction: tf.Tensor4D) => tf.Scalar,
  prediction: tf.Tensor,
  name: string,
): Tensors => {
  const { value, grad } = tf.valueAndGrad(loss as (x: tf.Tensor) => tf.Scalar)(prediction);
  return { [name]: value, [`grad_${name}`]: grad };
};

function computations(entry: LossEntry, hasMasked: boolean) {
  return ({ pred, target, mask, matrix }: Tensors): Tensors => {
    const inputs: FrequencyLossInputs = {
      options: toLossOptions(upperCase(entry.options)),
      ...(usesPredefinedMatrix(entry) && matrix && { matrix }),
    };
    const [x, y] = [pred as tf.Tensor4D, target as tf.Tensor4D];
    return {
      loss: frequencyDistance(x, y, inputs),
      ...lossAndGradient((p) => frequencyLoss(p, y, undefined, inputs), x, 'mean'),
      ...(hasMasked && lossAndGradient((p) => frequencyLoss(p, y, mask as tf.Tensor3D, inputs), x, 'masked')),
    };
  };
}

/** Kind `frequency_loss`: the loss per bin, its mean and masked sum, and their gradients, for each setting. */
export async function runFrequencyLoss(golden: GoldenCase, evaluate: Evaluate): Promise<Outcome> {
  const tensors = await golden.tensors();
  const checks: Check[] = [];
  for (const entry of golden.json.entries as LossEntry[]) {
    const hasMasked = entry.masked_f64 !== undefined;
    const matrix = tensors.predefined_matrix;
    const results = await evaluate(computations(entry, hasMasked), {
      pred: tensors.pred!,
      target: tensors.target!,
      mask: tensors.mask!,
      ...(matrix && { matrix }),
    });
    const check = (key: string, expected: ArrayLike<number | bigint>, tolerance: number) =>
      checks.push(relativeCheck(`${entry.name}/${key}`, results[key] ?? [], expected, tolerance));
    check('loss', tensors[`${entry.name}/loss`]!.data, TOLERANCE.output);
    check('mean', [entry.mean_f64], TOLERANCE.loss);
    const meanTolerance = gradientTolerance(entry.grad_mean_max_abs, entry.grad_mean_max_diff);
    check('grad_mean', tensors[`${entry.name}/grad_mean`]!.data, meanTolerance);
    if (!hasMasked) continue;
    check('masked', [entry.masked_f64!], TOLERANCE.loss);
    const maskedTolerance = gradientTolerance(entry.grad_masked_max_abs ?? 0, entry.grad_masked_max_diff ?? 0);
    check('grad_masked', tensors[`${entry.name}/grad_masked`]!.data, maskedTolerance);
  }
  return { checks };
}
