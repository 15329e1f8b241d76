import { describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import { openHeadTrainer } from './head-trainer.ts';

const [BATCH, DIM, CLASSES, STEPS] = [16, 3, 4, 3];
const RATES = [0.5, 5];

/** Batches far from unit scale: batch normalisation has something to do. */
function makeBatches() {
  const random = createRandom(4, 'batches');
  return Array.from({ length: STEPS }, () => ({
    features: Float32Array.from({ length: BATCH * DIM }, (_, i) => 3 + (1 + (i % DIM)) * random.normal()),
    labels: Int32Array.from({ length: BATCH }, () => random.integer(CLASSES)),
  }));
}

/** The protocols written out for one head, in float64: PyTorch's BatchNorm1d(affine=False, eps=1e-6), MAE's LARS, SGD. */
function reference(seed: number, head: number, optimiser: 'sgd' | 'lars', batchNorm: boolean, rate: number) {
  const random = createRandom(seed, 'linear head', head);
  const weight = Array.from({ length: CLASSES * DIM }, () => Math.fround(random.normal(0, 0.01)));
  const bias = new Array<number>(CLASSES).fill(0);
  const momentum = { weight: weight.map(() => 0), bias: bias.map(() => 0) };
  const running = { mean: new Array<number>(DIM).fill(0), variance: new Array<number>(DIM).fill(1) };
  const losses: number[] = [];
  for (const { features, labels } of makeBatches()) {
    const column = (c: number) => Array.from({ length: BATCH }, (_, row) => features[row * DIM + c]!);
    const means = running.mean.map((_, c) => column(c).reduce((a, b) => a + b) / BATCH);
    const variances = means.map((mean, c) => column(c).reduce((sum, x) => sum + (x - mean) ** 2, 0) / BATCH);
    const x = (row: number, c: number) => {
      const value = features[row * DIM + c]!;
      return batchNorm ? (value - means[c]!) / Math.sqrt(variances[c]! + 1e-6) : value;
    };
    const gradient = { weight: weight.map(() => 0), bias: bias.map(() => 0) };
    let loss = 0;
    for (let row = 0; row < BATCH; row++) {
      const logits = bias.map((b, k) => running.mean.reduce((sum, _, c) => sum + weight[k * DIM + c]! * x(row, c), b));
      const sum = logits.reduce((total, value) => total + Math.exp(value), 0);
      loss += (Math.log(sum) - logits[labels[row]!]!) / BATCH;
      for (let k = 0; k < CLASSES; k++) {
        const slope = (Math.exp(logits[k]!) / sum - (k === labels[row] ? 1 : 0)) / BATCH;
        gradient.bias[k]! += slope;
        for (let c = 0; c < DIM; c++) gradient.weight[k * DIM + c]! += slope * x(row, c);
      }
    }
    losses.push(loss);
    const trust = optimiser === 'lars' ? (1e-3 * Math.hypot(...weight)) / Math.hypot(...gradient.weight) : 1;
    for (const [part, values, scale] of [['weight', weight, trust] as const, ['bias', bias, 1] as const]) {
      for (let i = 0; i < values.length; i++) {
        momentum[part][i] = 0.9 * momentum[part][i]! + scale * gradient[part][i]!;
        values[i]! -= rate * momentum[part][i]!;
      }
    }
    running.mean = running.mean.map((value, c) => 0.9 * value + 0.1 * means[c]!);
    running.variance = running.variance.map((value, c) => 0.9 * value + (0.1 * variances[c]! * BATCH) / (BATCH - 1));
  }
  const scale = (c: number) => (batchNorm ? Math.sqrt(running.variance[c]! + 1e-6) : 1);
  const folded = weight.map((value, i) => value / scale(i % DIM));
  const shift = (k: number) => running.mean.reduce((sum, mean, c) => sum + folded[k * DIM + c]! * mean, 0);
  return { losses, weight: folded, bias: bias.map((value, k) => value - (batchNorm ? shift(k) : 0)) };
}

describe('openHeadTrainer', () => {
  it.each([
    { optimiser: 'sgd', batchNorm: false },
    { optimiser: 'lars', batchNorm: true },
  ] as const)('trains every head as its protocol says: $optimiser, batch norm $batchNorm', async (protocol) => {
    const settings = { heads: 2, classCount: CLASSES, dim: DIM, batchSize: BATCH, momentum: 0.9, seed: 7, ...protocol };
    const trainer = await openHeadTrainer(settings);
    const losses: Float32Array[] = [];
    for (const { features, labels } of makeBatches()) {
      losses.push(Float32Array.from(await trainer.step(features, labels, Float32Array.from(RATES))));
    }
    for (const [head, classifier] of trainer.classifiers().entries()) {
      const expected = reference(7, head, protocol.optimiser, protocol.batchNorm, RATES[head]!);
      // Three float32 steps.
      expect(classifier.weight).toBeAllclose(expected.weight, { rtol: 1e-4, atol: 1e-5 });
      expect(classifier.bias).toBeAllclose(expected.bias, { rtol: 1e-4, atol: 1e-5 });
      expect(losses.map((row) => row[head]!)).toBeAllclose(expected.losses, { rtol: 1e-4, atol: 1e-5 });
    }
    await trainer.close();
  });
});
