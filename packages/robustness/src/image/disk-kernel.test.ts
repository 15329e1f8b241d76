import { describe, expect, it } from '@jest/globals';
import { diskKernel } from './disk-kernel.ts';

/** Values printed by the reference (OpenCV 4.6, float32). */
const row = (radius: number, aliasBlur: number, y: number) => {
  const { side, weights } = diskKernel(radius, aliasBlur);
  return Array.from(weights.subarray(y * side, (y + 1) * side));
};

describe('diskKernel', () => {
  it('equals the reference in the middle of radius 6', () => {
    const edge = [0, 0.000741765543, 0.00642348686, 0.00864878297];
    const expected = [...edge, ...Array<number>(9).fill(0.00884955749), ...edge.toReversed()];
    expect(row(6, 0.5, 8)).toBeAllclose(expected, { rtol: 1e-8, atol: 0 });
  });

  it('equals the reference where weight is reflected at the window’s border', () => {
    const half = [0, 0, 0, 0, 0.000115164839, 0.000966124295, 0.00108128914, 0.00150676887];
    const expected = [...half, 0.00422518235, ...half.toReversed()];
    expect(row(8, 0.5, 0)).toBeAllclose(expected, { rtol: 1e-8, atol: 0 });
    const sum = diskKernel(8, 0.5).weights.reduce((total, weight) => total + weight, 0);
    expect(sum).toBeCloseTo(1.0129754543304443, 6);
  });

  it('has five softening taps beyond radius 8', () => {
    const { side } = diskKernel(10, 0.5);
    expect(side).toBe(21);
    const start = [0, 2.19636531e-10, 1.77435041e-7, 3.6579062e-5, 0.000301458436, 0.000601430016, 0.0025538879];
    expect(row(10, 0.5, 1).slice(0, 7)).toBeAllclose(start, { rtol: 1e-8, atol: 0 });
  });

  it('is a plus of five for radius 1', () => {
    const corner = [2.77754751e-12, 1.49064181e-6, 0.199997768, 1.49064181e-6, 2.77754751e-12];
    expect(row(1, 0.2, 7).slice(6, 11)).toBeAllclose(corner, { rtol: 1e-8, atol: 0 });
  });
});
