import { describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import { tableOf } from '../features/feature-table.ts';
import { featureSpectrum } from './spectrum.ts';
import { mapFeatures } from './umap.ts';
import { alignment, uniformity } from './uniformity.ts';

const table = (features: ArrayLike<number>, dim: number) =>
  tableOf(Float32Array.from(features), new Int32Array(features.length / dim), dim);

function normals(count: number, dim: number, seed = 1) {
  const random = createRandom(seed, 'normals');
  return Array.from({ length: count * dim }, () => random.normal());
}

describe('alignment', () => {
  it('is the mean squared distance on the sphere', () => {
    // 0° and 90° apart: 0 and 2.
    expect(alignment(table([1, 0, 0, 3], 2), table([5, 0, 2, 0], 2))).toBeCloseTo(1, 6);
  });

  it('needs the same images', () => {
    expect(() => alignment(table([1, 0], 2), table([1, 0, 1, 0], 2))).toThrow('must be of the same images');
  });
});

describe('uniformity', () => {
  it('equals its definition over all pairs, across blocks', async () => {
    const [count, dim] = [1050, 3];
    const features = normals(count, dim);
    const unit = Array.from({ length: count }, (_, row) => {
      const x = features.slice(row * dim, (row + 1) * dim);
      return x.map((value) => value / Math.hypot(...x));
    });
    let sum = 0;
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < i; j++) {
        const distance = unit[i]!.reduce((total, x, c) => total + (x - unit[j]![c]!) ** 2, 0);
        sum += Math.exp(-2 * distance);
      }
    }
    expect(await uniformity(table(features, dim))).toBeCloseTo(Math.log(sum / ((count * (count - 1)) / 2)), 5);
  });

  it('is 0 when all features are equal', async () => {
    expect(await uniformity(table([2, 1, 4, 2, 6, 3], 2))).toBeCloseTo(0, 5);
  });
});

describe('featureSpectrum', () => {
  it('counts directions of equal strength, and one when one is left', () => {
    // ±1 along each of three axes, a fourth never used.
    const axes = [0, 1, 2].flatMap((axis) =>
      [1, -1].flatMap((sign) => [0, 1, 2, 3].map((i) => (i === axis ? sign : 0))),
    );
    const even = featureSpectrum(table(axes, 4));
    expect(even.effectiveRank).toBeCloseTo(3, 4);
    expect(even.participationRatio).toBeCloseTo(3, 6);
    expect(even.deviations).toBeAllclose([Math.sqrt(1 / 3), Math.sqrt(1 / 3), Math.sqrt(1 / 3), 0]);
    expect(even.constantFeatures).toBe(1);
    const line = featureSpectrum(table([1, 2, 2, 4, 3, 6], 2));
    expect(line.effectiveRank).toBeCloseTo(1, 4);
  });

  it('has the singular values of the features, centred and not', () => {
    // x = np.float32([[3, 1, 2], [1, 4, 1], [5, 9, 2], [6, 5, 3], [5, 8, 9]]).astype(float)
    // s = np.linalg.svd(x - x.mean(0), compute_uv=False) / np.sqrt(5); r = np.linalg.svd(x, compute_uv=False)
    // rank = lambda s: np.exp(-sum((p := s / s.sum() + 1e-7) * np.log(p)))
    const { deviations, effectiveRank, rankMe } = featureSpectrum(
      table([3, 1, 2, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9], 3),
    );
    expect(deviations).toBeAllclose([3.661404170161512, 2.1039787161597188, 1.3591883845408574]);
    expect([effectiveRank, rankMe]).toBeAllclose([2.7686536270807185, 2.2740778232315524], { rtol: 1e-6 });
  });
});

describe('mapFeatures', () => {
  it('keeps neighbours together, the same for the same seed', async () => {
    // Two bundles of directions at a right angle.
    const noise = normals(40, 4, 2);
    const features = noise.map((value, i) => 0.1 * value + (i % 4 === (Math.floor(i / 4) < 20 ? 0 : 1) ? 1 : 0));
    const first = await mapFeatures(table(features, 4), { seed: 1 });
    const centre = (rows: typeof first) => [0, 1].map((c) => rows.reduce((sum, row) => sum + row[c]!, 0) / rows.length);
    const [a, b] = [centre(first.slice(0, 20)), centre(first.slice(20))];
    const near = first.filter((point, row) => {
      const distance = (to: number[]) => Math.hypot(point[0] - to[0]!, point[1] - to[1]!);
      return row < 20 === distance(a) < distance(b);
    });
    expect(near.length).toBeGreaterThan(37);
    expect(await mapFeatures(table(features, 4), { seed: 1 })).toEqual(first);
  });
});
