import { describe, expect, it } from '@jest/globals';
import { drawBatch, flipImage } from './draw-batch.ts';

const SIZES = { pictures: 5, batchSize: 8, lowShare: 0.3 };

describe('drawBatch', () => {
  it('depends on seed and step alone, and differs between them', () => {
    const first = drawBatch({ seed: 1, step: 2 }, SIZES);
    expect(drawBatch({ seed: 1, step: 2 }, SIZES)).toEqual(first);
    expect(drawBatch({ seed: 1, step: 3 }, SIZES)).not.toEqual(first);
    expect(drawBatch({ seed: 2, step: 2 }, SIZES)).not.toEqual(first);
  });

  it('draws every picture alike, half of them flipped, and the low-pass mask as often as asked', () => {
    const draws = Array.from({ length: 500 }, (_, step) => drawBatch({ seed: 3, step }, SIZES)).flat();
    const share = (test: (draw: (typeof draws)[number]) => boolean) => draws.filter(test).length / draws.length;
    // Four standard errors at 4000 draws.
    for (let picture = 0; picture < 5; picture++) {
      expect(Math.abs(share((draw) => draw.picture === picture) - 0.2)).toBeLessThan(0.0253);
    }
    expect(Math.abs(share(({ isFlipped }) => isFlipped) - 0.5)).toBeLessThan(0.0317);
    expect(Math.abs(share(({ pass }) => pass === 'low') - 0.3)).toBeLessThan(0.029);
  });
});

describe('flipImage', () => {
  it('mirrors rows, and twice is nothing', () => {
    const image = Float32Array.from({ length: 12 }, (_, i) => i);
    expect([...flipImage(image, 2)]).toEqual([1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10]);
    expect(flipImage(flipImage(image, 2), 2)).toEqual(image);
  });
});
