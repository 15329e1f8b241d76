import { describe, expect, it } from '@jest/globals';
import { frequencyMask } from '@mfm/models';
import { createMaskDraw } from './draw-masks.ts';

const size = 8;
const task = { maskRadius1: 2, maskRadius2: 999, sampleRatio: 0.3 };
const lowPass = frequencyMask(size, 2, 999);

/** The mask of each sample, as `low` or `high`; anything else fails. */
function kinds(masks: Uint8Array): string[] {
  return Array.from({ length: masks.length / size ** 2 }, (_, i) => {
    const mask = masks.subarray(i * size ** 2, (i + 1) * size ** 2);
    if (mask.every((kept, j) => kept === lowPass[j])) return 'low';
    if (mask.every((kept, j) => kept === 1 - lowPass[j]!)) return 'high';
    throw new Error(`sample ${i}: neither the low-pass mask nor its complement`);
  });
}

describe('createMaskDraw', () => {
  const draw = createMaskDraw(size, task, 1);
  const indices = Int32Array.from({ length: 4000 }, (_, i) => i);

  it('draws the low-pass mask with the given probability, else its complement', () => {
    const low = kinds(draw(0, indices)).filter((kind) => kind === 'low').length;
    // Four standard deviations of a binomial count.
    expect(Math.abs(low / 4000 - 0.3)).toBeLessThan(4 * Math.sqrt((0.3 * 0.7) / 4000));
  });

  it('depends on seed, epoch and sample, not on the batch', () => {
    const all = kinds(draw(3, indices));
    expect(kinds(draw(3, [17, 5, 2999]))).toEqual([all[17], all[5], all[2999]]);
    expect(kinds(draw(4, indices))).not.toEqual(all);
    expect(kinds(createMaskDraw(size, task, 2)(3, indices))).not.toEqual(all);
  });

  it.each([
    [0, 'high'],
    [1, 'low'],
  ])('with probability %d draws one kind only', (sampleRatio, expected) => {
    const only = createMaskDraw(size, { ...task, sampleRatio }, 1);
    expect(new Set(kinds(only(0, indices)))).toEqual(new Set([expected]));
  });

  it('scatters masks that keep the mean and whole pairs of frequencies', () => {
    const scattered = createMaskDraw(size, { ...task, maskShape: 'scattered', scatteredRatio: 0.3 }, 1);
    const masks = scattered(0, indices);
    let masked = 0;
    // Counted: a quarter of a million calls of expect take ten seconds.
    let broken = 0;
    for (let sample = 0; sample < indices.length; sample++) {
      const mask = masks.subarray(sample * size ** 2, (sample + 1) * size ** 2);
      if (mask[(size / 2) * size + size / 2] !== 1) broken++;
      for (let bin = 0; bin < size ** 2; bin++) {
        const [y, x] = [Math.floor(bin / size), bin % size];
        // The opposite frequency: index −k, counted from the centre; the row and column of −size/2 are their own.
        const partner = ((size - y) % size) * size + ((size - x) % size);
        if (mask[partner] !== mask[bin]) broken++;
      }
      masked += mask.reduce((sum, kept) => sum + 1 - kept, 0);
    }
    expect(broken).toBe(0);
    expect(masked / (indices.length * (size ** 2 - 1))).toBeCloseTo(0.3, 2);
  });
});
