import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRandom } from '../random/random.ts';
import { goldenDraws } from '../testing/golden-image.ts';
import { drawBeta } from './beta.ts';
import { drawCutmixBox, drawMinMaxBox } from './cutmix-box.ts';
import { applyMixings, type Mixing } from './mixing.ts';
import { drawMixing, type MixMode, type MixOptions, mixBatch } from './mixup.ts';
import { mixTargets, smoothTargets } from './soft-targets.ts';

type Corners = [top: number, bottom: number, left: number, right: number];

interface MixCase {
  options: { mode: MixMode };
  lambdas: number[];
  /** Of each draw: one for the batch, the pairs or the samples. */
  cutmix: boolean[];
  /** Of each draw that cuts. */
  boxes: Corners[];
  images: string;
  targets: number[];
}

const GOLDEN: { mixes: MixCase[]; boxes: { seed: number; lam: number; box: Corners; minmax: Corners }[] } = JSON.parse(
  readFileSync(new URL('./golden/mix.golden.json', import.meta.url), 'utf8'),
);

const LABELS = Int32Array.of(3, 0, 0, 1);
const boxOf = ([top, bottom, left, right]: Corners) => ({ left, top, width: right - left, height: bottom - top });

/** The plan that timm drew: of which draw each of the four samples is. */
function mixingsOf({ options, lambdas, cutmix, boxes }: MixCase): Mixing[] {
  const drawOf = { batch: () => 0, pair: (n: number) => Math.min(n, 3 - n), elem: (n: number) => n }[options.mode];
  let used = 0;
  const boxOfDraw = cutmix.map((cut) => (cut ? boxOf(boxes[used++]!) : undefined));
  return lambdas.map((lambda, n) => ({ lambda, box: boxOfDraw[drawOf(n)] }));
}

describe('applyMixings and mixTargets', () => {
  it.each(GOLDEN.mixes)('$options: give the batch of timm', (golden) => {
    const images = Float32Array.from({ length: 4 * 3 * 6 * 6 }, (_, i) => ((i * 29) % 97) / 16);
    applyMixings(images, 6, mixingsOf(golden));
    expect(images).toEqual(new Float32Array(new Uint8Array(Buffer.from(golden.images, 'base64')).buffer));
    expect([...mixTargets(LABELS, golden.lambdas, 5, 0.1)]).toBeAllclose(golden.targets);
  });
});

describe('drawCutmixBox and drawMinMaxBox', () => {
  it.each(GOLDEN.boxes)('λ $lam, draw $seed: give the boxes of timm', ({ seed, lam, box, minmax }) => {
    const random = goldenDraws(seed);
    expect(drawCutmixBox(33, lam, random)).toEqual(boxOf(box));
    expect(drawMinMaxBox(33, [0.2, 0.8], random)).toEqual(boxOf(minmax));
  });
});

const modes = fc.constantFrom<MixMode>('batch', 'pair', 'elem');
const batches = fc.record({
  half: fc.integer({ min: 1, max: 4 }),
  size: fc.integer({ min: 1, max: 12 }),
  classes: fc.integer({ min: 1, max: 9 }),
  smoothing: fc.double({ min: 0, max: 0.9, noNaN: true }),
  mode: modes,
  seed: fc.nat(),
});

describe('mixBatch', () => {
  it('keeps each row of targets at a sum of 1 and each pixel between the two it came from', () => {
    fc.assert(
      fc.property(batches, ({ half, size, classes, smoothing, mode, seed }) => {
        const count = 2 * half;
        const length = 3 * size * size;
        const images = Float32Array.from({ length: count * length }, (_, i) => Math.sin(i * i + seed));
        const before = images.slice();
        const labels = Int32Array.from({ length: count }, (_, n) => (n * 7 + seed) % classes);
        const options = { classes, labelSmoothing: smoothing, mode };
        const { targets } = mixBatch(images, labels, options, createRandom(seed));
        for (let n = 0; n < count; n++) {
          const sum = targets.subarray(n * classes, (n + 1) * classes).reduce((a, b) => a + b, 0);
          expect(Math.abs(sum - 1)).toBeLessThan(1e-6);
          for (let i = 0; i < length; i++) {
            const [own, other] = [before[n * length + i]!, before[(count - 1 - n) * length + i]!];
            const value = images[n * length + i]!;
            expect(value >= Math.min(own, other) - 1e-6 && value <= Math.max(own, other) + 1e-6).toBe(true);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('replaces exactly 1 − λ of the pixels in cutmix, from the partner and at its place', () => {
    const options: MixOptions = { classes: 2, mixupAlpha: 0, labelSmoothing: 0 };
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), (size, seed) => {
        const images = Float32Array.from({ length: 6 * size * size }, (_, i) => i);
        const length = 3 * size * size;
        const { targets } = mixBatch(images, Int32Array.of(0, 1), options, createRandom(seed));
        const foreign = images.subarray(0, length).filter((v) => v >= length).length;
        expect(Math.abs(targets[1]! - foreign / length)).toBeLessThan(1e-6);
        expect(images.every((v, i) => v % length === i % length)).toBe(true);
      }),
    );
  });

  it('mixes as often as asked, and cuts as often as asked', () => {
    const draws = (options: Partial<MixOptions>) =>
      Array.from({ length: 1000 }, (_, i) => drawMixing(16, { classes: 2, ...options }, createRandom(0, 0, i)));
    const near = (count: number, expected: number) => Math.abs(count - expected) < 64;
    // Half of 1000 is 500 with a standard deviation of 16.
    expect(near(draws({}).filter(({ box }) => box).length, 500)).toBe(true);
    expect(near(draws({ probability: 0.5 }).filter(({ lambda }) => lambda === 1).length, 500)).toBe(true);
    expect(draws({ switchProbability: 0 }).some(({ box }) => box)).toBe(false);
    expect(draws({ cutmixAlpha: 0 }).some(({ box }) => box)).toBe(false);
    expect(draws({ mixupAlpha: 0 }).every(({ box }) => box)).toBe(true);
  });

  it('refuses odd batches and impossible options', () => {
    const random = createRandom(0);
    const images = (count: number) => new Float32Array(count * 12);
    const attempt = (labels: number[], options: Partial<MixOptions>) => () =>
      mixBatch(images(labels.length), Int32Array.from(labels), { classes: 2, ...options }, random);
    expect(attempt([0, 1, 0], {})).toThrow('the batch size must be even, got 3');
    expect(attempt([], {})).toThrow('the batch size must be even, got 0');
    expect(attempt([0, 2], {})).toThrow('labels must be in [0, 2), got 2');
    expect(attempt([0, 1], { mixupAlpha: 0, cutmixAlpha: 0 })).toThrow('a mixing alpha must be above 0');
    expect(attempt([0, 1], { mode: 'half' as MixMode })).toThrow('mode must be one of batch, pair, elem, got "half"');
    expect(attempt([0, 1], { cutmixMinMax: [0.8, 0.2] })).toThrow('cutmixMinMax must be a range within [0, 1]');
    expect(attempt([0, 1], { labelSmoothing: 1 })).toThrow('label smoothing must be in [0, 1), got 1');
    expect(() => mixBatch(new Float32Array(10), Int32Array.of(0, 1), { classes: 2 }, random)).toThrow(
      'images must be [2, 3, S, S], got 10 values',
    );
  });
});

describe('smoothTargets', () => {
  it('puts 1 − s + s/K on the label and s/K elsewhere', () => {
    const targets = smoothTargets(Int32Array.of(2, 0), 4, 0.1);
    expect([...targets]).toBeAllclose([0.025, 0.025, 0.925, 0.025, 0.925, 0.025, 0.025, 0.025]);
  });
});

describe('drawBeta', () => {
  it.each([0.1, 0.8, 1, 3])('α %d: has the moments of Beta(α, α)', (alpha) => {
    const n = 20_000;
    const random = createRandom(5);
    const values = Array.from({ length: n }, () => drawBeta(alpha, random));
    const mean = (f: (v: number) => number) => values.reduce((sum, v) => sum + f(v), 0) / n;
    const variance = 1 / (4 * (2 * alpha + 1));
    expect(values.every((v) => v >= 0 && v <= 1)).toBe(true);
    // Four standard errors of the mean; the variance's are smaller still.
    expect(Math.abs(mean((v) => v) - 0.5)).toBeLessThan(4 * Math.sqrt(variance / n));
    expect(Math.abs(mean((v) => (v - 0.5) ** 2) - variance)).toBeLessThan(4 * Math.sqrt(variance / n) * 0.5);
    // The fourth moment tells shapes apart that share the variance: 3 / (16 (2α + 1)(2α + 3)).
    const fourth = 3 / (16 * (2 * alpha + 1) * (2 * alpha + 3));
    expect(Math.abs(mean((v) => (v - 0.5) ** 4) - fourth)).toBeLessThan(0.0012);
  });
});
