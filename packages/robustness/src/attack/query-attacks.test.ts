import { describe, expect, it } from '@jest/globals';
import { findAttack, type GivenSettings, resolveSettings } from './attack-table.ts';
import type { FloatClassifier } from './gradient-classifier.ts';
import { crossEntropy, margin } from './objective.ts';
import { attackAndJudge, attackImages } from './run-attack.ts';
import { dctBasis, dctFrequencies, pixelBasis } from './simba-basis.ts';
import { squareBump } from './square-bump.ts';
import { squareShare } from './square-schedule.ts';
import { curvedClassifier, labelledImages } from './testing/plain-classifiers.ts';

const SIDE = 12;
const CLASSES = 5;
const { classes, logits } = curvedClassifier(SIDE, CLASSES);
/** Without gradients. */
const model: FloatClassifier = { classes, logits };
const NAMES = ['square', 'square-l2', 'simba', 'simba-dct'];
const batch = await labelledImages(curvedClassifier(SIDE, CLASSES), 8, SIDE);

const run = (name: string, given: GivenSettings = {}) => {
  const attack = findAttack(name);
  return attackAndJudge(attack, model, batch, resolveSettings(attack, { queries: 60, ...given }, SIDE));
};

describe.each(NAMES)('%s', (name) => {
  it('never lowers what it raises: the clean image is the least it gives back', async () => {
    const clean = await logits(batch.images, batch.shape);
    for (const queries of [1, 2, 30]) {
      const { images } = await run(name, { queries, epsilon: 0.02 });
      const after = await logits(images, batch.shape);
      batch.labels.forEach((label, i) => {
        const loss = name.startsWith('square')
          ? margin
          : (l: Float32Array, row: number, k: number, y: number) => -crossEntropy(l, row, k, y);
        expect(loss(after, i, CLASSES, label)).toBeLessThanOrEqual(loss(clean, i, CLASSES, label));
      });
    }
  });

  it('fools more images the more it may ask, stops where it has, and counts', async () => {
    const epsilon = name === 'square' ? 0.06 : 1;
    const [few, many] = [await run(name, { queries: 3, epsilon }), await run(name, { queries: 120, epsilon })];
    const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);
    expect(sum(many.success)).toBeGreaterThan(sum(few.success));
    many.success.forEach((success, i) => {
      expect(many.queries[i]).toBeLessThanOrEqual(120);
      if (!success) expect(many.queries[i]).toBe(120);
    });
    expect(Math.min(...many.queries)).toBeLessThan(120);
  });

  it('leaves images alone that the model gets wrong already', async () => {
    const labels = batch.labels.map((label) => (label + 1) % CLASSES);
    const attack = findAttack(name);
    const settings = resolveSettings(attack, { queries: 10 }, SIDE);
    const { images, queries } = await attackImages(attack, model, { ...batch, labels }, settings);
    expect(images).toEqual(batch.images);
    expect(queries.every((count) => count === 0)).toBe(true);
  });

  it('targeted, it makes the target likelier', async () => {
    const { images, classes: targets } = await run(name, {
      targeted: 'random',
      epsilon: name === 'square' ? 0.03 : 0.5,
    });
    const [before, after] = [await logits(batch.images, batch.shape), await logits(images, batch.shape)];
    const losses = Array.from(targets, (target, i) => [
      crossEntropy(before, i, CLASSES, target),
      crossEntropy(after, i, CLASSES, target),
    ]) as [number, number][];
    for (const [from, to] of losses) expect(to).toBeLessThanOrEqual(from);
    expect(losses.filter(([from, to]) => to < from).length).toBeGreaterThan(5);
  });
});

describe('what they are made of', () => {
  it.each([
    ['pixel', pixelBasis(15)],
    ['cosine', dctBasis(15)],
  ])('the %s basis is orthonormal', (_, basis) => {
    const vectors = [0, 1, 14, 15, 17, 196, 250, basis.size - 1].map((k) => {
      const vector = new Float32Array(3 * 15 * 15);
      basis.add(k, 1, vector);
      return vector;
    });
    for (const [a, first] of vectors.entries()) {
      for (const [b, second] of vectors.entries()) {
        const product = first.reduce((sum, value, i) => sum + value * second[i]!, 0);
        expect(product).toBeCloseTo(Number(a === b), 6);
      }
    }
  });

  it('the cosine basis has the published sizes', () => {
    expect([224, 32, 10].map(dctFrequencies)).toEqual([28, 14, 10]);
    expect(dctBasis(15).size).toBe(3 * 14 * 14);
  });

  it('squares shrink by the published schedule', () => {
    const shares = [0, 10, 11, 51, 201, 501, 1001, 2001, 4001, 6001, 8001, 9999].map((step) =>
      squareShare(0.8, step, 10_000),
    );
    expect(shares).toEqual([0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9].map((halvings) => 0.8 / 2 ** halvings));
    expect(squareShare(0.8, 60, 1000)).toBe(squareShare(0.8, 600, 10_000));
  });

  it('bumps have length 1 and two halves of equal weight', () => {
    for (const side of [2, 3, 5, 6, 44]) {
      const bump = squareBump(side);
      expect(Math.hypot(...bump)).toBeCloseTo(1, 12);
      const half = bump.subarray(0, Math.floor(side / 2) * side);
      expect(Math.hypot(...half)).toBeCloseTo(Math.SQRT1_2, 12);
      expect(Math.min(...half)).toBeGreaterThan(0);
    }
    // 3 pixels: the rectangles 1 × 3 and 2 × 3, from the definition.
    const [top, bottom] = [
      [0.25, 1.25, 0.25],
      [0.25, 0.25, 0.25, 0.25, 1.25, 0.25],
    ];
    const expected = [top, bottom].flatMap((half, i) =>
      half!.map((x) => ((i ? -1 : 1) * x) / Math.hypot(...half!) / Math.SQRT2),
    );
    expect([...squareBump(3)]).toBeAllclose(expected, { atol: 1e-12 });
  });

  it('images that are too small or not square are refused', async () => {
    const small = { ...batch, images: batch.images.subarray(0, 8 * 3 * 64), shape: [8, 3, 8, 8] as const };
    const model8: FloatClassifier = { classes, logits: async (_, [count]) => new Float32Array(count * CLASSES) };
    const labels = new Int32Array(8);
    const attack = findAttack('square-l2');
    const settings = resolveSettings(attack, { queries: 10 }, 8);
    await expect(attackImages(attack, model8, { ...small, labels }, settings)).rejects.toThrow(
      'at least 10, got 8 × 8',
    );
  });
});
