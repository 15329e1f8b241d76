import { describe, expect, it } from '@jest/globals';
import { centred, nearest } from './nearest.ts';

const at = (degrees: number, length = 1) =>
  Float32Array.of(length * Math.cos((degrees * Math.PI) / 180), length * Math.sin((degrees * Math.PI) / 180));

describe('nearest', () => {
  it('ranks by direction, whatever the length, without the picture itself', () => {
    const found = nearest([at(0), at(60, 9), at(20, 0.1), at(180)], 0, 2);
    expect(found.map(({ index }) => index)).toEqual([2, 1]);
    expect(found.map(({ cosine }) => cosine)).toBeAllclose([Math.cos(Math.PI / 9), 0.5]);
  });

  it('puts features that are zero at no angle', () => {
    expect(nearest([at(0), Float32Array.of(0, 0)], 0, 5)).toEqual([{ index: 1, cosine: 0 }]);
  });

  it('refuses a picture that is not there', () => {
    expect(() => nearest([at(0)], 1, 3)).toThrow(/one of 1 pictures, got 1/);
  });
});

describe('centred', () => {
  it('takes the mean away', () => {
    expect(centred([Float32Array.of(1, 5), Float32Array.of(3, 5)]).map((v) => [...v])).toEqual([
      [-1, 0],
      [1, 0],
    ]);
    expect(centred([])).toEqual([]);
  });
});
