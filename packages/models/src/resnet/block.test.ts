import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { createDropPath } from '../encoder/drop-path.ts';
import { evaluation, type ForwardContext } from '../encoder/encoder.ts';
import { randomValues } from '../testing/random-values.ts';
import { type Block, blockLayers, blockParameters, describeBlock, runBlock } from './block.ts';

beforeAll(() => tf.setBackend('cpu'));

const SHAPE = { name: 'b', inputs: 8, width: 2, stride: 1, dropRate: 0.5 };

const run = (block: Block, context: ForwardContext) => {
  const entries = blockParameters(block).map(({ name, shape }) => {
    const values = randomValues(
      name,
      shape.reduce((product, length) => product * length, 1),
    );
    return [name, tf.tensor(name.endsWith('running_var') ? values.map(Math.abs) : values, shape)] as const;
  });
  const x = tf.tensor4d(randomValues('x', 2 * 8 * 4 * 4), [2, 8, 4, 4]);
  return { x, y: runBlock(x, Object.fromEntries(entries), block, context, createDropPath(context)) };
};

describe('describeBlock', () => {
  it('has the stride of a bottleneck in its 3 × 3, that of a basic block in its first, and in the shortcut', () => {
    const layers = (kind: 'basic' | 'bottleneck') =>
      blockLayers(describeBlock(kind, { ...SHAPE, stride: 2 })).map(
        ({ convolution: { inputs, outputs, kernel, stride } }) => `${inputs} → ${outputs}, ${kernel}² / ${stride}`,
      );
    expect(layers('bottleneck')).toEqual(['8 → 2, 1² / 1', '2 → 2, 3² / 2', '2 → 8, 1² / 1', '8 → 8, 1² / 2']);
    expect(layers('basic')).toEqual(['8 → 2, 3² / 2', '2 → 2, 3² / 1', '8 → 2, 1² / 2']);
  });

  it('has a shortcut of its own where width or map change', () => {
    const shortcut = (changed: Partial<typeof SHAPE>) =>
      describeBlock('bottleneck', { ...SHAPE, ...changed }).shortcut !== undefined;
    expect([shortcut({}), shortcut({ stride: 2 }), shortcut({ inputs: 4 })]).toEqual([false, true, true]);
  });
});

describe('runBlock', () => {
  it('is the ReLU of its input where the branch of a sample is dropped, and twice the branch more where it is kept', () => {
    tf.tidy(() => {
      const block = describeBlock('bottleneck', SHAPE);
      const training = (kept?: tf.Tensor2D) => run(block, { training: true, dropPath: kept, statistics: {} });
      const { x, y } = training(tf.tensor2d([[0], [1]]));
      const of = (sample: number, values: tf.Tensor) => tf.slice(values, [sample, 0, 0, 0], [1, -1, -1, -1]).dataSync();
      expect(of(0, y)).toBeAllclose(of(0, tf.relu(x)));
      // relu(x + b) is known; where it is positive, relu(x + 2b) = relu(2 (x + b) − x).
      const whole = of(1, training().y);
      const [input, actual] = [of(1, x), of(1, y)];
      const positive = [...whole.keys()].filter((index) => whole[index]! > 0);
      expect(positive.length).toBeGreaterThan(20);
      const expected = positive.map((index) => Math.max(0, 2 * whole[index]! - input[index]!));
      expect(positive.map((index) => actual[index]!)).toBeAllclose(expected);
    });
  });

  it('drops nothing in evaluation', () => {
    tf.tidy(() => {
      const block = describeBlock('basic', { ...SHAPE, inputs: 8, width: 8 });
      const kept = run(block, { ...evaluation(), dropPath: tf.zeros([2, 1]) as tf.Tensor2D });
      const never = run({ ...block, dropRate: 0 }, evaluation());
      expect(kept.y.dataSync()).toBeAllclose(never.y.dataSync());
    });
  });
});
