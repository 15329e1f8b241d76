import { describe, expect, it } from '@jest/globals';
import { addDifferences, createSums } from './differences.ts';
import { judgeParts, type Part } from './verdict.ts';

const part = (output: string, actual: number[], expected: number[], image?: number): Part => {
  const sums = createSums();
  addDifferences(sums, actual, expected);
  return { output, batch: 0, image, sums };
};
const isGradient = (output: string) => output.startsWith('gradient');
const failing = (...parts: Part[]) => judgeParts(parts, 1e-4, isGradient).failing.map(({ output }) => output);

describe('judgeParts', () => {
  it('holds outputs to the tolerance, and gradients to a thousandth of their largest number as well', () => {
    expect(failing(part('a', [1], [1.00005]), part('gradient', [1e-6], [1.0005e-6]))).toEqual([]);
    expect(failing(part('a', [1], [1.0002]), part('gradient', [1e-6], [1.002e-6]))).toEqual(['a', 'gradient']);
  });

  it('measures a part by the largest number of its whole output, and one that is nothing by the largest of all', () => {
    expect(failing(part('gradient', [1e-6], [1e-6], 0), part('gradient', [1e-9], [1.5e-9], 1))).toEqual([]);
    expect(failing(part('gradient a', [1e-3], [1e-3]), part('gradient b', [3e-10], [-3e-10]))).toEqual([]);
    expect(failing(part('gradient a', [1e-3], [1e-3]), part('gradient b', [3e-9], [-3e-9]))).toEqual(['gradient b']);
  });

  it('tells no direction of a gradient that is next to nothing', () => {
    const { outputs } = judgeParts(
      [part('gradient a', [1], [1]), part('gradient b', [-1e-9], [1e-9])],
      1e-4,
      isGradient,
    );
    expect(outputs.map(({ cosine }) => cosine)).toEqual([1, undefined]);
  });

  it('fails where a number is none', () => {
    expect(failing(part('a', [Number.NaN], [1]), part('b', [1], [Number.NaN]))).toEqual(['a', 'b']);
  });

  it('gives the figures of an output over all its parts', () => {
    const { outputs } = judgeParts([part('a', [1], [1.5], 0), part('a', [2], [2], 1)], 1, isGradient);
    expect(outputs).toEqual([expect.objectContaining({ output: 'a', maxAbsolute: 0.5, meanAbsolute: 0.25 })]);
  });
});
