import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tableOf } from '../features/feature-table.ts';
import { type LogisticProblem, openLogisticProblem } from './logistic-regression.ts';
import { accuracyOf, classifyTable } from './predictions.ts';

interface Part {
  readonly features: number[];
  readonly labels: number[];
}

/** Made once by `python interop/python/logistic_regression.py`. */
interface Golden {
  readonly dim: number;
  readonly classes: number;
  readonly train: Part;
  readonly test: Part;
  readonly fits: readonly {
    readonly weightDecay: number;
    readonly trainLoss: number;
    readonly objective: number;
    readonly testLoss: number;
    readonly testAccuracy: number;
  }[];
}

const golden = JSON.parse(
  readFileSync(join(process.cwd(), 'packages/eval/src/linear/testing/scikit-learn.json'), 'utf8'),
) as Golden;
const [train, test] = [golden.train, golden.test].map(({ features, labels }) =>
  tableOf(Float32Array.from(features), Int32Array.from(labels), golden.dim),
);

describe('logistic regression on the same features as scikit-learn', () => {
  let problem: LogisticProblem;
  beforeAll(async () => {
    problem = await openLogisticProblem(train!, golden.classes);
  });
  afterAll(() => problem.close());

  it.each(golden.fits)('has its loss and accuracy with a weight decay of $weightDecay', async (expected) => {
    const { weightDecay } = expected;
    const fit = await problem.fit({ weightDecay });
    const [onTrain, onTest] = await Promise.all([train!, test!].map((table) => classifyTable(table, fit.classifier)));
    const losses = [fit.value, onTrain!.loss];
    expect(losses).toBeAllclose([expected.objective, expected.trainLoss], { rtol: 0, atol: 1e-4 });
    // The loss on other data is not at its minimum: it moves with the weights themselves, which a weak decay hardly holds.
    const further = await problem.fit({ weightDecay, tolerance: 1e-6, start: fit.classifier });
    const { loss } = await classifyTable(test!, further.classifier);
    expect([loss]).toBeAllclose([expected.testLoss], { rtol: 0, atol: 1e-4 });
    // A tenth of a percentage point: one of the 1,000 test images.
    expect(Math.abs(accuracyOf(onTest!.predicted, test!.labels) - expected.testAccuracy)).toBeLessThanOrEqual(1.001e-3);
  });
});
