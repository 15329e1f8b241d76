import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { largestScores } from './rank-images.ts';
import { scoreImages } from './score-images.ts';

describe('largestScores', () => {
  it('has the first five of a full sort, the lower class first where scores are equal, −1 where there are fewer', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 12 }), (scores) => {
        const top = new Int32Array(5);
        largestScores(Float32Array.from(scores), top);
        const sorted = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
        expect([...top]).toEqual([...sorted.slice(0, 5), ...new Array(Math.max(0, 5 - sorted.length)).fill(-1)]);
      }),
    );
  });
});

describe('scoreImages', () => {
  it('counts an image with several right classes once, and not one without any', () => {
    const top = Int32Array.from([3, 1, 0, 2, 4, 0, 1, 2, 3, 4, 9, 8, 7, 6, 5]);
    const right = [[1, 3], [4], []];
    const ranked = { top, labels: new Int32Array(3), indices: new Int32Array(3) };
    expect(scoreImages(ranked, (place) => right[place]!)).toMatchObject({ images: 2, top1: 1 / 2, top5: 1 });
  });
});
