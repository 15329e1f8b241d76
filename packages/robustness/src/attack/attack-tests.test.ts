import { describe, expect, it } from '@jest/globals';
import { type TestBatch, toImages } from '../evaluate/test-batch.ts';
import { ATTACKS, findAttack, resolveSettings } from './attack-table.ts';
import { attackTests } from './attack-tests.ts';
import { attackImages } from './run-attack.ts';
import { curvedClassifier } from './testing/plain-classifiers.ts';

const SIDE = 12;
const COUNT = 4;
const model = curvedClassifier(SIDE, 3);

const batch: TestBatch = {
  kind: 'pixels',
  pixels: Uint8Array.from({ length: COUNT * SIDE * SIDE * 3 }, (_, i) => 128 + 127 * Math.sin(i * i)),
  shape: [COUNT, SIDE, SIDE, 3],
  labels: Int32Array.of(0, 1, 2, 0),
  indices: Int32Array.of(8, 2, 5, 7),
};

describe('defaults', () => {
  it('are the protocol of RVT: FGSM with ε 1/255; PGD with ε 1/255, steps of 0.5/255, five of them', () => {
    expect(resolveSettings(findAttack('fgsm'), {}, 224)).toMatchObject({ norm: 'linf', epsilon: 1 / 255, restarts: 1 });
    const pgd = { norm: 'linf', epsilon: 1 / 255, stepSize: 0.5 / 255, steps: 5, restarts: 1, seed: 0 };
    expect(resolveSettings(findAttack('pgd'), {}, 224)).toMatchObject(pgd);
  });

  it('steps of gradients follow ε, those of SimBA do not', () => {
    expect(resolveSettings(findAttack('pgd'), { epsilon: 4 / 255 }, 32).stepSize).toBeCloseTo(2 / 255, 12);
    expect(resolveSettings(findAttack('pgd'), { epsilon: 4 / 255, stepSize: 0.1 }, 32).stepSize).toBe(0.1);
    expect(resolveSettings(findAttack('simba'), { epsilon: 1 }, 32).stepSize).toBe(0.2);
  });

  it('balls of L2 grow with the image', () => {
    expect(resolveSettings(findAttack('pgd-l2'), {}, 32).epsilon).toBeCloseTo(Math.sqrt(3072) / 255, 12);
    expect(resolveSettings(findAttack('pgd'), { norm: 'l2' }, 32)).toEqual(
      resolveSettings(findAttack('pgd-l2'), {}, 32),
    );
    expect(resolveSettings(findAttack('square-l2'), {}, 224).epsilon).toBe(5);
  });

  it('refuse what an attack has no use for, or means nothing', () => {
    expect(() => resolveSettings(findAttack('fgsm'), { steps: 3 }, 32)).toThrow('fgsm must be given norm, epsilon');
    expect(() => resolveSettings(findAttack('pgd'), { epsilon: 0 }, 32)).toThrow(
      'epsilon of pgd must be a number above 0',
    );
    expect(() => resolveSettings(findAttack('pgd'), { steps: 1.5 }, 32)).toThrow(
      'steps of pgd must be a positive integer',
    );
    expect(() => findAttack('pdg')).toThrow('Did you mean "pgd"?');
  });
});

describe('attackTests', () => {
  const chosen = ATTACKS.map((attack) => ({ attack, given: attack.needs === 'logits' ? { queries: 5 } : {} }));
  const tests = attackTests(chosen, model, { imageSize: SIDE, seed: 6 });

  it('are one per attack, with the settings that they depend on', () => {
    expect(tests.map(({ id }) => id)).toEqual(ATTACKS.map(({ name }) => `attack/${name}`));
    expect(tests.every(({ section, settings }) => section === 'attack' && settings?.seed === 6)).toBe(true);
  });

  it('attack the images of a batch and measure what was done', async () => {
    const clean = toImages(batch);
    for (const [k, test] of tests.entries()) {
      const attacked = toImages(await test.transform(batch));
      const { attack, given } = chosen[k]!;
      const settings = resolveSettings(attack, { ...given, seed: 6 }, SIDE);
      const direct = await attackImages(attack, model, { ...clean, shape: [COUNT, 3, SIDE, SIDE] }, settings);
      expect(attacked.images).toEqual(direct.images);
      expect(attacked.labels).toBe(batch.labels);
      expect([...attacked.measured!.queries!]).toEqual([...direct.queries]);
      const largest = Math.max(...attacked.images.map((value, i) => Math.abs(value - clean.images[i]!)));
      expect(Math.max(...attacked.measured!.linf!)).toBe(largest);
      expect(Object.keys(attacked.measured!).sort()).toEqual(['l2', 'linf', 'queries']);
    }
    expect(batch.pixels[5]).toBe(Math.trunc(128 + 127 * Math.sin(25)));
  });

  it('tell the target, and what clipping put outside a band', async () => {
    const given = { targeted: 'random' as const, band: { min: 0, max: 4 }, epsilon: 0.1 };
    const [test] = attackTests([{ attack: findAttack('pgd'), given }], model, { imageSize: SIDE, seed: 0 });
    const { measured } = await test!.transform(batch);
    expect(Object.keys(measured!).sort()).toEqual(['l2', 'linf', 'outsideBand', 'queries', 'target']);
    expect(measured!.target!.every((target, i) => target !== batch.labels[i])).toBe(true);
    // These images are full of values near 0 and 1.
    expect(Math.max(...measured!.outsideBand!)).toBeGreaterThan(0.01);
    expect(Math.max(...measured!.outsideBand!)).toBeLessThan(1);
  });
});
