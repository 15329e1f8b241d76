import { describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import { type MemoryTable, tableOf } from '../features/feature-table.ts';
import { minimizeLbfgs } from './lbfgs.ts';
import { classifyRows, type LinearClassifier } from './linear-classifier.ts';
import { fitLinearProbe } from './linear-probe.ts';
import { openLogisticProblem } from './logistic-regression.ts';
import { tableAccuracy } from './predictions.ts';
import { foldStandardization, measureStandardization, type Standardization } from './standardize.ts';

function overlappingClasses(count: number, dim: number, classCount: number, seed = 5): MemoryTable {
  const random = createRandom(seed, 'classes');
  const labels = Int32Array.from({ length: count }, (_, i) => i % classCount);
  const features = Float32Array.from({ length: count * dim }, () => random.normal());
  labels.forEach((label, row) => {
    features[row * dim + (label % dim)]! += 1.2;
  });
  return tableOf(features, labels, dim);
}

/** The table shifted and scaled, in float32. */
function standardize({ features, labels, dim }: MemoryTable, { mean, deviation }: Standardization): MemoryTable {
  const scaled = features.map((value, i) => (value - mean[i % dim]!) / deviation[i % dim]!);
  return tableOf(scaled, labels, dim);
}

/** Loss and gradient by definition, in float64. */
function reference(table: MemoryTable, { weight, bias, classCount, dim }: LinearClassifier, weightDecay: number) {
  const gradient = new Float64Array(weight.length + classCount);
  let loss = 0;
  for (let row = 0; row < table.count; row++) {
    const x = table.features.subarray(row * dim, (row + 1) * dim);
    const logits = Array.from({ length: classCount }, (_, k) =>
      x.reduce((sum, value, i) => sum + value * weight[k * dim + i]!, bias[k]!),
    );
    const total = logits.reduce((sum, z) => sum + Math.exp(z), 0);
    loss += Math.log(total) - logits[table.labels[row]!]!;
    for (let k = 0; k < classCount; k++) {
      const error = Math.exp(logits[k]!) / total - (k === table.labels[row] ? 1 : 0);
      x.forEach((value, i) => {
        gradient[k * dim + i]! += (error * value) / table.count;
      });
      gradient[weight.length + k]! += error / table.count;
    }
  }
  weight.forEach((value, i) => {
    gradient[i]! += weightDecay * value;
  });
  return {
    loss: loss / table.count + (weightDecay / 2) * weight.reduce((sum, value) => sum + value * value, 0),
    gradient,
  };
}

describe('minimizeLbfgs', () => {
  it('finds the minimum of the Rosenbrock function', async () => {
    const result = await minimizeLbfgs(
      async ([x = 0, y = 0], gradient) => {
        gradient[0] = -2 * (1 - x) - 400 * x * (y - x * x);
        gradient[1] = 200 * (y - x * x);
        return (1 - x) ** 2 + 100 * (y - x * x) ** 2;
      },
      Float64Array.of(-1.2, 1),
      { tolerance: 1e-9, maxIterations: 200 },
    );
    expect(result.converged).toBe(true);
    expect(result.point).toBeAllclose(Float64Array.of(1, 1), { rtol: 1e-7, atol: 1e-7 });
  });

  it('says that it has not converged when it runs out of iterations', async () => {
    const slow = async ([x = 0]: Float64Array, gradient: Float64Array) => {
      gradient[0] = 4 * x ** 3;
      return x ** 4;
    };
    const result = await minimizeLbfgs(slow, Float64Array.of(5), { tolerance: 1e-12, maxIterations: 2 });
    expect(result).toMatchObject({ converged: false, iterations: 2 });
  });
});

describe('openLogisticProblem', () => {
  it('gives the loss and gradient of the definition, over several blocks', async () => {
    const table = overlappingClasses(5000, 6, 4);
    const random = createRandom(1, 'weights');
    const classifier = {
      weight: Float64Array.from({ length: 24 }, () => random.normal()),
      bias: Float64Array.of(0.1, -0.2, 0.3, 0),
      classCount: 4,
      dim: 6,
    };
    const problem = await openLogisticProblem(table, 4);
    const gradient = new Float64Array(28);
    const loss = await problem.evaluate(Float64Array.from([...classifier.weight, ...classifier.bias]), gradient, 0.01);
    await problem.close();
    const expected = reference(table, classifier, 0.01);
    expect(loss).toBeCloseTo(expected.loss, 5);
    expect(gradient).toBeAllclose(expected.gradient, { rtol: 1e-5, atol: 1e-6 });
  });

  it('standardises in the graph as the definition does, padding included', async () => {
    const table = overlappingClasses(5000, 6, 4);
    for (let i = 0; i < table.features.length; i++) table.features[i] = 3 * table.features[i]! + (i % 6);
    const standardization = measureStandardization(table);
    const random = createRandom(2, 'weights');
    const weight = Float64Array.from({ length: 24 }, () => random.normal());
    const classifier = { weight, bias: new Float64Array(4), classCount: 4, dim: 6 };
    const problem = await openLogisticProblem(table, 4, { standardization });
    const gradient = new Float64Array(28);
    const loss = await problem.evaluate(Float64Array.from([...weight, ...classifier.bias]), gradient, 0.01);
    await problem.close();
    const expected = reference(standardize(table, standardization), classifier, 0.01);
    expect(loss).toBeCloseTo(expected.loss, 5);
    expect(gradient).toBeAllclose(expected.gradient, { rtol: 1e-5, atol: 1e-6 });
  });

  it('converges: the float64 gradient vanishes at the solution, from any start', async () => {
    const table = overlappingClasses(900, 5, 3);
    const problem = await openLogisticProblem(table, 3);
    const first = await problem.fit({ weightDecay: 0.01 });
    const start = { weight: new Float64Array(15).fill(2), bias: Float64Array.of(1, -1, 0), classCount: 3, dim: 5 };
    const second = await problem.fit({ weightDecay: 0.01, start });
    await problem.close();
    expect(first.converged).toBe(true);
    const { gradient } = reference(table, first.classifier, 0.01);
    // The products are float32: their rounding is what is left.
    expect(gradient).toBeAllclose(new Float64Array(18), { rtol: 0, atol: 2e-5 });
    expect(second.classifier.weight).toBeAllclose(first.classifier.weight, { rtol: 0, atol: 5e-3 });
    expect(first.value).toBeCloseTo(second.value, 6);
  });

  it('has the closed-form solution of a single binary feature', async () => {
    // x = ±1, P(class 1 | x = 1) = 3/4, P(class 1 | x = −1) = 1/4, no penalty: the logit difference is x·ln 3.
    const features = Float32Array.from([1, 1, 1, 1, -1, -1, -1, -1]);
    const labels = Int32Array.from([1, 1, 1, 0, 1, 0, 0, 0]);
    const problem = await openLogisticProblem(tableOf(features, labels, 1), 2);
    const { classifier, value, converged } = await problem.fit({ weightDecay: 0, tolerance: 1e-7 });
    await problem.close();
    expect(converged).toBe(true);
    expect(classifier.weight[1]! - classifier.weight[0]!).toBeCloseTo(Math.log(3), 4);
    expect(classifier.bias[1]! - classifier.bias[0]!).toBeCloseTo(0, 5);
    expect(value).toBeCloseTo(-(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25)), 6);
  });
});

describe('fitLinearProbe', () => {
  it('gives the same classifier twice, on raw features', async () => {
    const table = overlappingClasses(600, 6, 3);
    // Raw features far from unit scale: the folded classifier must undo the standardisation.
    const raw = tableOf(
      table.features.map((value, i) => value * (1 + (i % 6)) + 10),
      table.labels,
      6,
    );
    const options = { classCount: 3, weightDecays: [0.1, 0.01, 0.001] };
    const [a, b] = [await fitLinearProbe(raw, options), await fitLinearProbe(raw, options)];
    expect(b).toEqual(a);
    expect(a.converged).toBe(true);
    expect(a.trials.map((trial) => trial.weightDecay)).toEqual(options.weightDecays);
    expect(await tableAccuracy(raw, a.classifier)).toBeCloseTo(a.trainAccuracy, 2);
    expect(a.trainAccuracy).toBeGreaterThan(0.55);
  });
});

describe('foldStandardization', () => {
  it('gives on raw features the logits of the standardised ones, constant features included', () => {
    const table = overlappingClasses(50, 4, 3);
    for (let row = 0; row < 50; row++) table.features[row * 4 + 3] = 7;
    const scale = measureStandardization(table);
    const random = createRandom(9, 'fold');
    const weight = Float64Array.from({ length: 12 }, () => random.normal());
    const classifier = { weight, bias: Float64Array.of(1, 2, 3), classCount: 3, dim: 4 };
    const expected = classifyRows(standardize(table, scale).features, classifier);
    expect(classifyRows(table.features, foldStandardization(classifier, scale))).toBeAllclose(expected, { atol: 1e-5 });
  });
});
