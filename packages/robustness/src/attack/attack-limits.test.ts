import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ATTACKS, findAttack, resolveSettings } from './attack-table.ts';
import { bandMask, createBandMover } from './band-mover.ts';
import { NORMS, type Norm } from './norm.ts';
import { energyOutside, perturbationOf, perturbationSizes } from './perturbation.ts';
import { attackImages } from './run-attack.ts';
import { curvedClassifier, labelledImages, linearClassifier } from './testing/plain-classifiers.ts';

const SIDE = 10;
const LENGTH = 3 * SIDE * SIDE;
const model = curvedClassifier(SIDE, 4);

/** A value in [0, 1] is stored to half a unit in the last place: 2⁻²⁵ at most. */
const ROUNDING: Readonly<Record<Norm, number>> = { linf: 2 ** -25, l2: 2 ** -25 * Math.sqrt(LENGTH) };

/** Images with many values at the ends of the range, where clipping does something. */
const pixels = fc.array(fc.constantFrom(0, 0, 1, 1, 0.001, 0.999, 0.5, 1 / 3), {
  minLength: LENGTH,
  maxLength: LENGTH,
});

describe('every attack', () => {
  it.each(ATTACKS.flatMap((attack) => (['linf', 'l2'] as const).map((norm) => [attack.name, norm] as const)))(
    '%s stays in the %s ball and in [0, 1]',
    async (name, norm) => {
      const attack = findAttack(name);
      const bands = attack.takes.includes('band') ? [undefined, { min: 0, max: 3 }, { min: 2, max: 6 }] : [undefined];
      await fc.assert(
        fc.asyncProperty(
          pixels,
          fc.double({ min: 1e-4, max: norm === 'linf' ? 0.6 : 8, noNaN: true }),
          fc.constantFrom(...bands),
          fc.nat(1000),
          async (values, epsilon, band, seed) => {
            const images = Float32Array.from(values);
            const batch = {
              images,
              shape: [1, 3, SIDE, SIDE],
              labels: Int32Array.of(1),
              indices: Int32Array.of(seed),
            } as const;
            const given = {
              norm,
              epsilon,
              seed,
              ...(band && { band }),
              ...(attack.needs === 'logits' && { queries: 15 }),
            };
            const found = await attackImages(attack, model, batch, resolveSettings(attack, given, SIDE));
            expect(found.images.every((value) => value >= 0 && value <= 1)).toBe(true);
            const length = NORMS[norm].length(perturbationOf(images, found.images));
            expect(length).toBeLessThanOrEqual(epsilon * (1 + 1e-6) + ROUNDING[norm]);
          },
        ),
        { numRuns: 12 },
      );
    },
  );

  it('uses the ball up', async () => {
    const batch = await labelledImages(model, 6, SIDE, [0.3, 0.7]);
    for (const attack of ATTACKS) {
      const given = { epsilon: 0.05, ...(attack.needs === 'logits' && { queries: 30 }) };
      const settings = resolveSettings(attack, given, SIDE);
      const { images, queries } = await attackImages(attack, model, batch, settings);
      const { [settings.norm]: sizes } = perturbationSizes(batch.images, images, batch.shape);
      // Where a blind start raised the margin the clean image is given back, unless later queries helped.
      for (const [i, size] of sizes.entries()) if (queries[i]! > 0 && size > 0) expect(size).toBeGreaterThan(0.049);
      expect(sizes.filter((size) => size > 0).length).toBeGreaterThan(3);
    }
  });
});

describe('in a band', () => {
  it('nothing outside it is changed before clipping', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<Norm>('linf', 'l2'),
        fc.integer({ min: 0, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 99 }),
        async (norm, min, width, seed) => {
          const band = { min, max: min + width };
          const batch = await labelledImages(model, 2, SIDE, [0.2, 0.8], seed);
          const settings = resolveSettings(findAttack('pgd'), { norm, epsilon: 0.1, band, seed }, SIDE);
          const { images } = await attackImages(findAttack('pgd'), model, batch, settings);
          // Nothing was clipped, so that this is the perturbation itself.
          const change = perturbationOf(batch.images, images);
          expect(NORMS.linf.length(change)).toBeGreaterThan(1e-3);
          // float32 rounds each value of the image by 2⁻²⁵ at most.
          expect(energyOutside(change, SIDE, bandMask(SIDE, band))).toBeLessThan(1e-9);
          const { outsideBand } = perturbationSizes(batch.images, images, batch.shape, band);
          expect(Math.max(...outsideBand!)).toBeLessThan(1e-9);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('the loss of a linear model rises as the band allows', async () => {
    const { model: linear, weights } = linearClassifier(SIDE, 2);
    const batch = await labelledImages(linear, 3, SIDE, [0.4, 0.6]);
    const band = { min: 0, max: 3 };
    const settings = resolveSettings(findAttack('fgsm'), { norm: 'l2', epsilon: 0.1, band }, SIDE);
    const { images } = await attackImages(findAttack('fgsm'), linear, batch, settings);
    const clean = await linear.logits(batch.images, batch.shape);
    const after = await linear.logits(images, batch.shape);
    const slope = Float32Array.from({ length: LENGTH }, (_, i) => weights[LENGTH + i]! - weights[i]!);
    const share = Math.sqrt(1 - energyOutside(slope, SIDE, bandMask(SIDE, band)));
    const marginOf = (logits: Float32Array, i: number) =>
      logits[2 * i + batch.labels[i]!]! - logits[2 * i + 1 - batch.labels[i]!]!;
    for (let i = 0; i < 3; i++) {
      expect(marginOf(clean, i) - marginOf(after, i)).toBeCloseTo(0.1 * share * Math.hypot(...slope), 5);
    }
  });

  it('is everything where the band is', async () => {
    const batch = await labelledImages(model, 3, SIDE, [0.3, 0.7]);
    const run = (band: object) =>
      attackImages(
        findAttack('fgsm'),
        model,
        batch,
        resolveSettings(findAttack('fgsm'), { norm: 'l2', ...band }, SIDE),
      );
    const [all, whole] = [await run({}), await run({ band: { min: 0, max: 99 } })];
    expect(whole.images).toBeAllclose(all.images, { atol: 1e-6 });
  });

  it('refuses what is no band', () => {
    expect(() => bandMask(10, { min: 90, max: 99 })).toThrow('(distances 0 to 7), got 90 to 99');
    expect(() => bandMask(10, { min: 3, max: 3 })).toThrow('got 3 to 3');
    const oblong = new Float32Array(3 * 4 * 5);
    expect(() =>
      createBandMover(oblong, [1, 3, 4, 5], { min: 0, max: 2 }, { norm: 'l2', epsilon: 1, band: undefined }),
    ).toThrow('must be square, got 4 × 5');
  });
});
