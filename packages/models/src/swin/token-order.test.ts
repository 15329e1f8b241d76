import { beforeAll, describe, expect, it } from '@jest/globals';
import '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { mergeOrder, placesOf, rasterOrder, tokenMove, windowOrder } from './token-order.ts';

beforeAll(() => tf.setBackend('cpu'));

const geometry = fc
  .record({ window: fc.integer({ min: 1, max: 5 }), perSide: fc.integer({ min: 1, max: 4 }) })
  .chain(({ window, perSide }) =>
    fc.record({
      ...{ side: fc.constant(window * perSide), window: fc.constant(window) },
      shift: fc.integer({ min: 0, max: window * perSide - 1 }),
    }),
  );

const sorted = (order: Int32Array) => [...order].sort((a, b) => a - b);

describe('windowOrder', () => {
  it('holds every token once', () => {
    fc.assert(
      fc.property(geometry, ({ side, window, shift }) => {
        expect(sorted(windowOrder(side, window, shift))).toEqual([...rasterOrder(side)]);
      }),
    );
  });

  it('is the official roll and partition', () => {
    fc.assert(
      fc.property(geometry, ({ side, window, shift }) => {
        const expected = tf.tidy(() => {
          const image = tf.reshape(tf.range(0, side * side), [side, side]);
          const roll = (x: tf.Tensor, axis: number) =>
            tf.concat(tf.split(x, [shift, side - shift], axis).reverse(), axis);
          const rolled = roll(roll(image, 0), 1);
          const cut = tf.reshape(rolled, [side / window, window, side / window, window]);
          return tf.transpose(cut, [0, 2, 1, 3]).dataSync();
        });
        expect([...windowOrder(side, window, shift)]).toEqual([...expected]);
      }),
      { numRuns: 30 },
    );
  });
});

describe('mergeOrder', () => {
  it('joins (0,0), (1,0), (0,1), (1,1)', () => {
    expect([...mergeOrder(rasterOrder(2), 4)]).toEqual([0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15]);
  });

  it('follows the order of the merged tokens', () => {
    expect([...mergeOrder(Int32Array.of(3, 0, 2, 1), 4)].filter((_, place) => place % 4 === 0)).toEqual([10, 0, 8, 2]);
  });
});

describe('tokenMove', () => {
  const orders = geometry.map(
    ({ side, window, shift }) => [rasterOrder(side), windowOrder(side, window, shift)] as const,
  );

  it('puts the wanted token in each place, and the way back undoes it', () => {
    fc.assert(
      fc.property(orders, fc.integer({ min: 1, max: 3 }), ([raster, order], batch) => {
        tf.tidy(() => {
          const count = batch * raster.length;
          const rows = tf.reshape(tf.range(0, 2 * count), [count, 2]) as tf.Tensor2D;
          const moved = tokenMove(raster, order)(rows, batch);
          const expected = Array.from({ length: batch }, (_, image) =>
            [...order].flatMap((token) => [0, 1].map((channel) => 2 * (image * raster.length + token) + channel)),
          );
          expect([...moved.dataSync()]).toEqual(expected.flat());
          expect([...tokenMove(order, raster)(moved, batch).dataSync()]).toEqual([...rows.dataSync()]);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('sends gradients back where the tokens came from', () => {
    tf.tidy(() => {
      const [raster, order] = [rasterOrder(4), windowOrder(4, 2, 1)];
      const weights = tf.reshape(tf.range(0, 32), [32, 1]);
      const move = tokenMove(raster, order);
      const gradient = tf.grad((x) => tf.sum(tf.mul(move(x as tf.Tensor2D, 2), weights)))(tf.zeros([32, 1]));
      const places = placesOf(raster, order);
      expect([...gradient.dataSync()]).toEqual([...places, ...places.map((place) => place + 16)]);
    });
  });

  it('is nothing between equal orders', () => {
    const rows = tf.zeros<tf.Rank.R2>([9, 1]);
    expect(tokenMove(rasterOrder(3), windowOrder(3, 3, 0))(rows, 1)).toBe(rows);
    rows.dispose();
  });
});
