import { describe, expect, it } from '@jest/globals';
import { philox4x32, philoxBlocks } from './philox.ts';
import { createRandom } from './random.ts';

describe('philoxBlocks', () => {
  it('gives the blocks that philox4x32 gives one by one, beyond the end of the counter', () => {
    const counter = Uint32Array.of(0xfffffffe, 0xffffffff, 7, 0x80000000);
    const key = Uint32Array.of(0xa4093822, 0x299f31d0);
    const out = new Uint32Array(20);
    philoxBlocks(counter, key, out);
    for (let block = 0; block < 5; block++) {
      const expected = new Uint32Array(4);
      philox4x32(Uint32Array.of(counter[0]! + block, ...counter.subarray(1)), key, expected);
      expect([...out.subarray(4 * block, 4 * block + 4)]).toEqual([...expected]);
    }
  });
});

describe('words and normals', () => {
  it('continue the stream: nothing is given twice', () => {
    const random = createRandom(5, 1, 2, 'noise');
    const words = [...random.words(5), ...random.words(4), random.uniform(), ...random.words(3)];
    expect(new Set(words).size).toBe(13);
    expect([...createRandom(5, 1, 2, 'noise').words(9).subarray(0, 5)]).toEqual(words.slice(0, 5));
  });

  it('normals have the probabilities of the normal distribution in every layer and in the tail', () => {
    const n = 400_000;
    const normals = createRandom(11).normals(n);
    // P(x < edge).
    const table = [
      [-4, 3.167e-5],
      [-3.4426, 2.881e-4],
      [-2, 0.0227501],
      [-1, 0.1586553],
      [-0.25, 0.4012937],
      [0, 0.5],
      [0.1, 0.5398278],
      [0.5, 0.6914625],
      [1.5, 0.9331928],
      [3.4426, 0.999712],
    ] as const;
    for (const [edge, probability] of table) {
      const share = normals.reduce((total, x) => total + (x < edge ? 1 : 0), 0) / n;
      const deviation = Math.sqrt((probability * (1 - probability)) / n);
      expect(Math.abs(share - probability)).toBeLessThan(4 * deviation);
    }
    const moment = (power: number) => normals.reduce((total, x) => total + x ** power, 0) / n;
    expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
  });
});
