import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { rankSlots } from './rank-slots.ts';

describe('rankSlots', () => {
  it('shares every place once, and keeps partners together', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), (ranks, share) => {
        const batchSize = ranks * share;
        const slots = Array.from({ length: ranks }, (_, rank) => [...rankSlots(batchSize, { rank, ranks })]);
        expect(slots.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: batchSize }, (_, i) => i));
        if (share % 2 === 1) return;
        for (const own of slots) expect(own.map((slot) => batchSize - 1 - slot).reverse()).toEqual(own);
      }),
    );
  });

  it('wants a batch that can be shared equally', () => {
    expect(() => rankSlots(10, { rank: 0, ranks: 4 })).toThrow(/multiple of the ranks \(4\), got 10/);
  });
});
