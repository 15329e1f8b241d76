import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { shiftedWindowMask, windowGeometry, windowOffsets, windowPositionIndex } from './window.ts';

describe('windowGeometry', () => {
  it.each([
    [56, 7, 0, 7, 0],
    [56, 7, 1, 7, 3],
    [8, 4, 3, 4, 2],
    // One window covers the image: no shift, and it shrinks.
    [7, 7, 1, 7, 0],
    [2, 4, 1, 2, 0],
    [3, 1, 1, 1, 0],
  ])('of %d tokens and windows of %d, block %d: window %d, shift %d', (side, size, index, window, shift) => {
    expect(windowGeometry(side, size, index)).toMatchObject({ side, window, shift });
  });
});

describe('windowPositionIndex', () => {
  it('is the official table of a 2 × 2 window', () => {
    expect([...windowPositionIndex(2)]).toEqual([4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4]);
  });

  it.each([1, 3, 7])('uses every row, and mirrors it for the opposite offset: window %d', (window) => {
    const [index, tokens] = [windowPositionIndex(window), window * window];
    expect(new Set(index).size).toBe(windowOffsets(window));
    for (let from = 0; from < tokens; from++) {
      for (let to = 0; to < tokens; to++) {
        const pair = [index[from * tokens + to]!, index[to * tokens + from]!];
        expect(pair[0]! + pair[1]!).toBe(windowOffsets(window) - 1);
      }
    }
  });
});

describe('shiftedWindowMask', () => {
  it('lets those tokens of a window see each other that were neighbours before the roll', () => {
    const sizes = fc.record({ window: fc.integer({ min: 2, max: 5 }), perSide: fc.integer({ min: 2, max: 4 }) });
    fc.assert(
      fc.property(sizes, ({ window, perSide }) => {
        const geometry = windowGeometry(window * perSide, window, 1);
        const { side, order } = geometry;
        const tokens = window * window;
        // Two tokens of a window are less than a window apart, unless the seam is between them: then almost a whole image.
        const near = (a: number, b: number) =>
          Math.abs(Math.floor(a / side) - Math.floor(b / side)) < window && Math.abs((a % side) - (b % side)) < window;
        const expected = [...order].flatMap((from, place) => {
          const start = place - (place % tokens);
          return [...order.slice(start, start + tokens)].map((to) => (near(from, to) ? 0 : -100));
        });
        expect([...shiftedWindowMask(geometry)]).toEqual(expected);
      }),
    );
  });
});
