import { describe, expect, it } from '@jest/globals';
import { emptyTally, tally } from './accuracy.ts';

describe('tally', () => {
  it('counts the label among the first one and five, ties to the lower class', () => {
    const logits = Float32Array.of(
      ...[9, 1, 2, 3, 4, 5, 6],
      ...[9, 1, 2, 3, 4, 5, 6],
      ...[9, 1, 2, 3, 4, 5, 6],
      ...[1, 1, 1, 1, 1, 1, 1],
    );
    const counted = emptyTally();
    tally(counted, logits, Int32Array.of(0, 3, 2, 0), 7);
    expect(counted).toMatchObject({ samples: 4, top1: 2, top5: 3 });
  });

  it('sums the cross-entropy, also of logits too large for exp', () => {
    const counted = emptyTally();
    tally(counted, Float32Array.of(1000, 1000, 0, 0), Int32Array.of(0, 1), 2);
    expect(counted.loss).toBeCloseTo(2 * Math.LN2, 12);
  });

  it('leaves rows beyond the labels out', () => {
    const counted = emptyTally();
    tally(counted, Float32Array.of(1, 0, 0, 1), Int32Array.of(0), 2);
    expect(counted).toMatchObject({ samples: 1, top1: 1 });
  });
});
