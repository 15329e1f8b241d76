import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { countPixels, createConfusion } from './confusion.ts';
import { segmentationScores } from './scores.ts';

const scoresOf = (classCount: number, ...images: [labels: number[], predicted: number[]][]) => {
  const confusion = createConfusion(classCount);
  const counts = images.map(([a, b]) => countPixels(confusion, Uint8Array.from(a), Uint8Array.from(b)));
  return { ...segmentationScores(confusion), counts };
};

describe('segmentationScores', () => {
  it('sums over images before it divides, and leaves unlabelled pixels out', () => {
    const scores = scoresOf(
      4,
      [
        [0, 0, 1, 255],
        [0, 1, 1, 2],
      ],
      [
        [1, 1, 0, 255],
        [1, 1, 0, 0],
      ],
    );
    // Class 0: 2 of 3 right, never predicted elsewhere; class 1: 3 right, 1 of class 0 taken for it; 2 and 3 nowhere but at an unlabelled pixel.
    expect(scores.classes.map(({ iou }) => iou)).toEqual([2 / 3, 3 / 4, undefined, undefined]);
    expect(scores.classes.map(({ accuracy }) => accuracy)).toEqual([2 / 3, 1, undefined, undefined]);
    expect(scores.mIoU).toBeCloseTo((2 / 3 + 3 / 4) / 2, 12);
    expect(scores.mIoUOfAll).toBeCloseTo((2 / 3 + 3 / 4) / 4, 12);
    expect(scores.meanAccuracy).toBeCloseTo(5 / 6, 12);
    expect(scores.pixelAccuracy).toBeCloseTo(5 / 6, 12);
    expect(scores.counts).toEqual([
      { labelled: 3, correct: 2 },
      { labelled: 3, correct: 3 },
    ]);
  });

  it('counts a prediction of no class as wrong, in no class’s area', () => {
    const { classes, pixelAccuracy, mIoU } = scoresOf(2, [
      [0, 0, 1],
      [0, 255, 1],
    ]);
    expect(classes.map(({ iou, predicted }) => [iou, predicted])).toEqual([
      [1 / 2, 1],
      [1, 1],
    ]);
    expect([pixelAccuracy, mIoU]).toEqual([2 / 3, 3 / 4]);
  });

  it('counts a class that is predicted and nowhere labelled as 0', () => {
    const { mIoU, meanAccuracy } = scoresOf(3, [
      [0, 0],
      [0, 2],
    ]);
    expect([mIoU, meanAccuracy]).toEqual([(1 / 2 + 0) / 2, 1 / 2]);
  });

  it('is what the definition says, pixel by pixel', () => {
    const label = fc.constantFrom(0, 1, 2, 255);
    fc.assert(
      fc.property(fc.array(fc.tuple(label, fc.constantFrom(0, 1, 2, 255)), { minLength: 1 }), (pairs) => {
        const { classes } = scoresOf(3, [pairs.map(([a]) => a), pairs.map(([, b]) => b)]);
        const known = pairs.filter(([a]) => a !== 255);
        classes.forEach(({ iou }, k) => {
          const both = known.filter(([a, b]) => a === k && b === k).length;
          const either = known.filter(([a, b]) => a === k || b === k).length;
          expect(iou).toBe(either === 0 ? undefined : both / either);
        });
      }),
    );
  });

  it('refuses what does not fit', () => {
    expect(() => scoresOf(2, [[0], [0, 1]])).toThrow(/of one length, got 1 and 2/);
    expect(() => scoresOf(2, [[2], [0]])).toThrow(/\[0, 2\) or 255, got 2/);
  });
});
