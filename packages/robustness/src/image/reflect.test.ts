import { describe, expect, it } from '@jest/globals';
import { reflect101 } from './reflect.ts';

describe('reflect101', () => {
  it('mirrors without repeating the edge, as often as needed', () => {
    const indices = Array.from({ length: 13 }, (_, i) => reflect101(i - 5, 4));
    expect(indices).toEqual([1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1]);
  });

  it('has one answer for a single pixel', () => {
    expect([-3, 0, 7].map((i) => reflect101(i, 1))).toEqual([0, 0, 0]);
  });
});
