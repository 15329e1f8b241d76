import { describe, expect, it } from '@jest/globals';
import { findAttack, type GivenSettings, resolveSettings } from './attack-table.ts';
import type { FloatClassifier } from './gradient-classifier.ts';
import { NORMS } from './norm.ts';
import { attackAndJudge, attackImages } from './run-attack.ts';
import { curvedClassifier, labelledImages, linearClassifier } from './testing/plain-classifiers.ts';

const SIDE = 6;
const LENGTH = 3 * SIDE * SIDE;
const EPSILON = 4 / 255;

const settingsOf = (name: string, given: GivenSettings = {}) => resolveSettings(findAttack(name), given, SIDE);

describe('on a linear model of two classes', () => {
  const { model, weights } = linearClassifier(SIDE, 2);
  // The gradient of either loss is a positive multiple of the other class's weights less its own.
  const slopeOf = (label: number) =>
    Float64Array.from({ length: LENGTH }, (_, i) => weights[(1 - label) * LENGTH + i]! - weights[label * LENGTH + i]!);

  it.each([
    ['fgsm', {}],
    ['pgd', { steps: 8 }],
  ])('%s is x + ε sign(w′ − w), clipped to [0, 1]', async (name, given) => {
    const batch = await labelledImages(model, 5, SIDE);
    const { images } = await attackImages(
      findAttack(name),
      model,
      batch,
      settingsOf(name, { epsilon: EPSILON, ...given }),
    );
    const expected = Float32Array.from(batch.images, (value, at) => {
      const slope = slopeOf(batch.labels[Math.floor(at / LENGTH)]!)[at % LENGTH]!;
      return Math.min(1, Math.max(0, value + EPSILON * Math.sign(slope)));
    });
    expect(images).toEqual(expected);
  });

  it.each([
    ['fgsm', {}],
    ['pgd-l2', { steps: 60, stepSize: 0.1 }],
  ])('%s in L2 is x + ε (w′ − w) / ‖w′ − w‖', async (name, given) => {
    const batch = await labelledImages(model, 5, SIDE, [0.3, 0.7]);
    const settings = settingsOf(name, { norm: 'l2', epsilon: 0.2, ...given });
    const { images } = await attackImages(findAttack(name), model, batch, settings);
    const expected = Float32Array.from(batch.images, (value, at) => {
      const slope = slopeOf(batch.labels[Math.floor(at / LENGTH)]!);
      return value + (0.2 * slope[at % LENGTH]!) / Math.hypot(...slope);
    });
    // From a random start the direction comes nearer by half with each step, down to the rounding of float32.
    expect(images).toBeAllclose(expected, { atol: 1e-6 });
  });

  it('the margin falls by ε ‖w′ − w‖₁, and by ε ‖w′ − w‖₂', async () => {
    const batch = await labelledImages(model, 4, SIDE, [0.3, 0.7]);
    const marginsOf = async (images: Float32Array) => {
      const logits = await model.logits(images, batch.shape);
      return Array.from(batch.labels, (label, i) => logits[2 * i + label]! - logits[2 * i + 1 - label]!);
    };
    const before = await marginsOf(batch.images);
    const falls = { linf: slopeOf(0).reduce((sum, x) => sum + Math.abs(x), 0), l2: Math.hypot(...slopeOf(0)) };
    for (const norm of ['linf', 'l2'] as const) {
      const settings = settingsOf('fgsm', { norm, epsilon: EPSILON });
      const after = await marginsOf((await attackImages(findAttack('fgsm'), model, batch, settings)).images);
      expect(after).toBeAllclose(
        before.map((margin) => margin - EPSILON * falls[norm]),
        { atol: 1e-5 },
      );
    }
  });
});

describe('on a curved model', () => {
  const model = curvedClassifier(SIDE, 5);
  const lossOf = async (images: Float32Array, labels: Int32Array) =>
    (await model.gradient(images, [labels.length, 3, SIDE, SIDE], labels)).loss;

  it('20 steps of PGD are at least as strong as 5, and those as FGSM', async () => {
    const batch = await labelledImages(model, 24, SIDE);
    const losses = [];
    for (const [name, given] of [['fgsm', {}] as const, ['pgd', {}] as const, ['pgd', { steps: 20 }] as const]) {
      const { images } = await attackImages(
        findAttack(name),
        model,
        batch,
        settingsOf(name, { epsilon: 0.1, ...given }),
      );
      losses.push((await lossOf(images, batch.labels)).reduce((sum, loss) => sum + loss, 0) / 24);
    }
    const [fgsm, five, twenty] = losses as [number, number, number];
    expect(five).toBeGreaterThan(fgsm);
    expect(twenty).toBeGreaterThanOrEqual(five);
  });

  it('of several restarts the worst counts, image by image', async () => {
    const batch = await labelledImages(model, 24, SIDE);
    const pgd = findAttack('pgd');
    const given = { epsilon: 0.06, steps: 2 };
    const one = await attackAndJudge(pgd, model, batch, settingsOf('pgd', given));
    const four = await attackAndJudge(pgd, model, batch, settingsOf('pgd', { ...given, restarts: 4 }));
    const [losses, worse] = [await lossOf(one.images, batch.labels), await lossOf(four.images, batch.labels)];
    for (let i = 0; i < 24; i++) {
      expect(four.success[i]).toBeGreaterThanOrEqual(one.success[i]!);
      if (four.success[i] === one.success[i]) expect(worse[i]).toBeGreaterThanOrEqual(losses[i]!);
    }
    expect(worse.filter((loss, i) => loss > losses[i]!).length).toBeGreaterThan(5);
    expect([one.queries[0], four.queries[0]]).toEqual([2, 8]);
  });

  it.each(['random', 'least-likely'] as const)('targeted, it makes a %s target likelier', async (targeted) => {
    const batch = await labelledImages(model, 24, SIDE);
    for (const name of ['fgsm', 'pgd', 'pgd-l2']) {
      const settings = settingsOf(name, { targeted, epsilon: name === 'pgd-l2' ? 0.03 : 0.003 });
      const { images, classes, success } = await attackAndJudge(findAttack(name), model, batch, settings);
      expect(classes.every((target, i) => target !== batch.labels[i])).toBe(true);
      const [before, after] = [await lossOf(batch.images, classes), await lossOf(images, classes)];
      for (let i = 0; i < 24; i++) expect(after[i]).toBeLessThan(before[i]!);
      const logits = await model.logits(images, batch.shape);
      const isSeen = Array.from(classes, (target, i) => {
        const row = logits.subarray(i * 5, (i + 1) * 5);
        return Number(row[target] === Math.max(...row));
      });
      expect([...success]).toEqual(isSeen);
    }
  });

  it.each(['fgsm', 'pgd', 'pgd-l2', 'square', 'square-l2', 'simba', 'simba-dct'])(
    '%s gives each image the same whatever its batch',
    async (name) => {
      const side = 12;
      const larger = curvedClassifier(side, 5);
      const attack = findAttack(name);
      const given = attack.needs === 'logits' ? { queries: 12 } : {};
      const settings = resolveSettings(attack, { ...given, epsilon: 0.03, seed: 3 }, side);
      const batch = await labelledImages(larger, 7, side);
      const together = await attackImages(attack, larger, batch, settings);
      const small: FloatClassifier = { ...larger, batchSize: 2 };
      expect(await attackImages(attack, small, batch, settings)).toEqual(together);
      const length = 3 * side * side;
      const { images } = await attackImages(
        attack,
        larger,
        {
          images: batch.images.subarray(4 * length, 5 * length),
          shape: [1, 3, side, side],
          labels: batch.labels.subarray(4, 5),
          indices: batch.indices.subarray(4, 5),
        },
        settings,
      );
      expect(images).toEqual(together.images.subarray(4 * length, 5 * length));
      if (name === 'fgsm') return;
      const otherSeed = await attackImages(attack, larger, batch, { ...settings, seed: 4 });
      expect(otherSeed.images).not.toEqual(together.images);
    },
  );

  it('starts anywhere in the ball', async () => {
    const batch = await labelledImages(model, 1, SIDE, [0.4, 0.6]);
    for (const norm of ['linf', 'l2'] as const) {
      // A gradient of zero: the images stay where they start.
      const flat = { ...model, gradient: async (images: Float32Array) => zeros(images) };
      const { images } = await attackImages(findAttack('pgd'), flat, batch, settingsOf('pgd', { norm, epsilon: 0.05 }));
      const start = images.map((value, i) => value - batch.images[i]!);
      expect(NORMS[norm].length(start)).toBeGreaterThan(0.045);
      expect(NORMS[norm].length(start)).toBeLessThanOrEqual(0.05 + 1e-7);
      expect(Math.abs(start.reduce((sum, value) => sum + value, 0))).toBeLessThan(1);
      expect(new Set(start).size).toBeGreaterThan(90);
    }
  });

  it('says what is wrong', async () => {
    const batch = await labelledImages(model, 2, SIDE);
    const attack = findAttack('pgd');
    const without: FloatClassifier = { classes: model.classes, logits: model.logits };
    await expect(attackImages(attack, without, batch, settingsOf('pgd'))).rejects.toThrow(
      /pgd must have the model's gradients.*--head gradient.*--gradient-model.*square, simba/,
    );
    const labels = Int32Array.of(0, 5);
    await expect(attackImages(attack, model, { ...batch, labels }, settingsOf('pgd'))).rejects.toThrow('0 to 4, got 5');
    const broken = {
      ...model,
      gradient: async (images: Float32Array) => ({ ...zeros(images), loss: Float32Array.of(0, NaN) }),
    };
    await expect(attackImages(attack, broken, batch, settingsOf('pgd'))).rejects.toThrow('got NaN for image 107');
  });
});

const zeros = (images: Float32Array) => ({
  logits: new Float32Array(),
  loss: new Float32Array(2),
  gradient: new Float32Array(images.length),
});
