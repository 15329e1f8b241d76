import { describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import { tableOf } from '../features/feature-table.ts';
import { openLogisticProblem } from './logistic-regression.ts';
import { choleskyFactor, logisticPreconditioner } from './preconditioner.ts';

describe('choleskyFactor', () => {
  it('gives back the matrix', () => {
    const factor = choleskyFactor(Float64Array.of(4, 2, 2, 5), 2);
    expect(factor).toBeAllclose(Float64Array.of(2, 0, 1, 2), { rtol: 1e-15 });
  });

  it('refuses a matrix that is not positive definite', () => {
    expect(() => choleskyFactor(Float64Array.of(1, 2, 2, 1), 2)).toThrow(
      'must be positive definite, got pivot -3 in row 1',
    );
  });
});

describe('logisticPreconditioner', () => {
  it('is the inverse of c·M + λ for each class, and of c for the biases', () => {
    const moment = Float64Array.of(2, 1, 1, 3);
    const apply = logisticPreconditioner(moment, 2, 2, 0.5);
    const [a, b, c] = [0.25 * 2 + 0.5, 0.25 * 1, 0.25 * 3 + 0.5];
    // Weights [1, 2] and [3, 4] through the matrix, then back; biases 5 and 6.
    const product = [a + 2 * b, b + 2 * c, 3 * a + 4 * b, 3 * b + 4 * c, 0.25 * 5, 0.25 * 6];
    expect(apply(Float64Array.from(product))).toBeAllclose(Float64Array.of(1, 2, 3, 4, 5, 6), { rtol: 1e-12 });
  });

  it('brings strongly correlated features to convergence in few iterations', async () => {
    const random = createRandom(2, 'correlated');
    const [count, dim] = [600, 12];
    const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
    const features = new Float32Array(count * dim);
    labels.forEach((label, row) => {
      const shared = random.normal();
      for (let i = 0; i < dim; i++) {
        features[row * dim + i] = shared + 0.02 * random.normal() + (i === label ? 0.03 : 0);
      }
    });
    const problem = await openLogisticProblem(tableOf(features, labels, dim), 3);
    const fit = await problem.fit({ weightDecay: 1e-5 });
    await problem.close();
    expect(fit.converged).toBe(true);
    // Plain L-BFGS takes hundreds on features like these (a random encoder's: 694).
    expect(fit.iterations).toBeLessThan(40);
  });

  it('copes with far more features than images, whose products are rounded to less than nothing', async () => {
    const random = createRandom(3, 'deficient');
    const [count, dim] = [60, 1024];
    const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
    const shared = Float32Array.from({ length: count * 4 }, () => random.normal());
    const mixing = Float32Array.from({ length: 4 * dim }, () => random.normal());
    const features = Float32Array.from({ length: count * dim }, (_, at) => {
      const [row, column] = [Math.floor(at / dim), at % dim];
      return [0, 1, 2, 3].reduce((sum, i) => sum + shared[row * 4 + i]! * mixing[i * dim + column]!, 0);
    });
    const problem = await openLogisticProblem(tableOf(features, labels, dim), 3);
    const fit = await problem.fit({ weightDecay: 1e-6 });
    await problem.close();
    expect(fit.converged).toBe(true);
  });
});
