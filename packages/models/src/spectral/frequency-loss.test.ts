import { beforeAll, describe, expect, it } from '@jest/globals';
import '@mfm/onnx';
import '@tensorflow/tfjs-backend-cpu';
import { UserError } from '@mfm/cli';
import * as tf from '@tensorflow/tfjs-core';
import { naiveDft } from '../testing/naive-dft.ts';
import { randomBits, randomValues } from '../testing/random-values.ts';
import {
  type FrequencyLossInputs,
  type FrequencyLossOptions,
  frequencyDistance,
  frequencyLoss,
} from './frequency-loss.ts';

beforeAll(() => tf.setBackend('cpu'));

const SHAPE: [number, number, number, number] = [2, 3, 6, 5];
const SIZE = 2 * 3 * 6 * 5;
const prediction = randomValues('prediction', SIZE);
const target = randomValues('target', SIZE);
const mask = randomBits('mask', 2 * 6 * 5);

const SETTINGS: [string, Partial<FrequencyLossOptions>][] = [
  ['the defaults', {}],
  ['gamma 0.5', { gamma: 0.5 }],
  ['gamma 2', { gamma: 2 }],
  ['averaged spectra', { aveSpectrum: true }],
];

const run = (
  x: Float32Array,
  y: Float32Array,
  kept: Float32Array | undefined,
  inputs: FrequencyLossInputs = {},
): number =>
  tf.tidy(() => {
    const m = kept && tf.tensor3d(kept, [2, 6, 5]);
    return frequencyLoss(tf.tensor4d(x, SHAPE), tf.tensor4d(y, SHAPE), m, inputs).dataSync()[0]!;
  });

const perBin = (inputs: FrequencyLossInputs = {}): Float32Array =>
  tf.tidy(
    () =>
      frequencyDistance(tf.tensor4d(prediction, SHAPE), tf.tensor4d(target, SHAPE), inputs).dataSync() as Float32Array,
  );

describe('frequencyDistance', () => {
  it('is the distance of two transforms by their definition', () => {
    const expected = Array.from({ length: 6 }, (_, plane) => {
      const [x, y] = [prediction, target].map((data) => naiveDft(data.subarray(plane * 30, plane * 30 + 30), 6, 5));
      return Array.from(x!.re, (re, i) => Math.hypot(re - y!.re[i]!, x!.im[i]! - y!.im[i]!));
    }).flat();
    expect(perBin()).toBeAllclose(expected, { atol: 3e-6 });
  });

  it('keeps the energy of the difference (Parseval)', () => {
    const energy = prediction.reduce((sum, value, i) => sum + (value - target[i]!) ** 2, 0);
    expect(perBin().reduce((sum, distance) => sum + distance ** 2, 0) / energy).toBeCloseTo(1, 5);
  });

  it('transforms patches apart, row by row', () => {
    const whole = tf.tidy(() =>
      frequencyDistance(tf.tensor4d(randomValues('p', 64), [1, 1, 8, 8]), tf.zeros([1, 1, 8, 8]), {
        options: { patchFactor: 2 },
      }),
    );
    expect(whole.shape).toEqual([1, 4, 1, 4, 4]);
    const upperRight = Array.from(
      { length: 16 },
      (_, i) => randomValues('p', 64)[Math.floor(i / 4) * 8 + 4 + (i % 4)]!,
    );
    const { re, im } = naiveDft(upperRight, 4, 4);
    const modulus = re.map((value, i) => Math.hypot(value, im[i]!));
    expect(whole.dataSync().slice(16, 32)).toBeAllclose(modulus, { atol: 2e-6 });
    whole.dispose();
  });
});

describe('frequencyLoss', () => {
  it('is zero, but for the ε under the root, just for equal images', () => {
    expect(run(target, target, mask)).toBeCloseTo(1e-6, 9);
    const changed = target.slice();
    changed[17]! += 0.01;
    expect(run(changed, target, undefined)).toBeGreaterThan(1e-5);
  });

  it.each(SETTINGS)('over half the spectrum equals the sum over all bins, %s', (_, options) => {
    const distances = perBin({ options });
    const count = options.aveSpectrum ? 1 : 2;
    const mean = distances.reduce((sum, value) => sum + value, 0) / distances.length;
    expect(run(prediction, target, undefined, { options })).toBeCloseTo(mean, 5);
    let [weighted, masked] = [0, 0];
    for (let n = 0; n < 2; n++) {
      for (let bin = 0; bin < 30; bin++) {
        const weight = 1 - mask[n * 30 + bin]!;
        masked += weight;
        for (let c = 0; c < 3; c++) weighted += weight * distances[((n % count) * 3 + c) * 30 + bin]!;
      }
    }
    expect(run(prediction, target, mask, { options })).toBeCloseTo(weighted / masked / 3, 5);
  });

  it('takes a given matrix without symmetry bin by bin', () => {
    const values = randomValues('matrix', 3 * 30).map(Math.abs);
    const inputs = () => ({ options: { withMatrix: true }, matrix: tf.tensor5d(values, [1, 1, 3, 6, 5]) });
    const expected = perBin().map((distance, i) => distance * values[i % 90]!);
    expect(perBin(inputs())).toBeAllclose(expected, { atol: 1e-5 });
    const mean = expected.reduce((sum, value) => sum + value, 0) / expected.length;
    expect(run(prediction, target, undefined, inputs())).toBeCloseTo(mean, 5);
  });

  it('gives weight 0 to a plane without error, and no NaN', () => {
    const equal = prediction.slice();
    equal.set(target.subarray(0, 30));
    expect(run(equal, target, mask, { options: { withMatrix: true } })).toBeGreaterThan(0);
    expect(run(target, target, mask, { options: { withMatrix: true, logMatrix: true, batchMatrix: true } })).toBe(0);
  });

  it.each<(typeof SETTINGS)[number]>([...SETTINGS, ['a mean for each sample', { perSampleMean: true }]])(
    'has the gradient that differences show, %s',
    (_, options) => {
      const gradient = tf.tidy(() => {
        const y = tf.tensor4d(target, SHAPE);
        const m = tf.tensor3d(mask, [2, 6, 5]);
        const loss = (x: tf.Tensor) => frequencyLoss(x as tf.Tensor4D, y, m, { options });
        return tf.grad(loss)(tf.tensor4d(prediction, SHAPE)).dataSync();
      });
      const step = 2 ** -6;
      for (const index of [0, 31, 77, 120, 179]) {
        const at = (delta: number) => {
          const moved = prediction.slice();
          moved[index]! += delta;
          return run(moved, target, mask, { options });
        };
        // Float32 values over a step of 2⁻⁶, curvature included: some 2e-5.
        expect(Math.abs((at(step) - at(-step)) / (2 * step) - gradient[index]!)).toBeLessThan(5e-5);
      }
    },
  );

  it('averages over samples where asked, each over its own masked bins', () => {
    // The second sample masks one bin in ten, the first nine: pooled, the first would count ninefold.
    const uneven = Float32Array.from({ length: 60 }, (_, i) => Number(i < 30 ? i % 10 === 0 : i % 10 !== 0));
    const distances = perBin();
    const meanOf = (sample: number) => {
      const masked = Array.from({ length: 30 }, (_, bin) => bin).filter((bin) => uneven[sample * 30 + bin] === 0);
      const values = masked.flatMap((bin) => [0, 1, 2].map((channel) => distances[(sample * 3 + channel) * 30 + bin]!));
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    };
    const [first, second] = [meanOf(0), meanOf(1)];
    const perSample = run(prediction, target, uneven, { options: { perSampleMean: true } });
    expect(perSample).toBeCloseTo((first + second) / 2, 5);
    expect(run(prediction, target, uneven)).toBeCloseTo((9 * first + second) / 10, 5);
  });

  it('refuses patches with a mask, and patches that do not fit', () => {
    expect(() => run(prediction, target, mask, { options: { patchFactor: 2 } })).toThrow(UserError);
    expect(() => run(prediction, target, undefined, { options: { patchFactor: 2 } })).toThrow(/got 2 for 6 × 5/);
  });
});
