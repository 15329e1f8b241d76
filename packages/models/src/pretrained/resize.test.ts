import { describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import { resizePositionEmbedding } from './resize-position-embedding.ts';
import { geometricPositions, resizeRelativePosition } from './resize-relative-position.ts';

/** A plane over a grid, so that what resampling does to positions can be read off its values. */
const plane = (side: number, value: (row: number, column: number) => number) =>
  Float32Array.from({ length: side * side }, (_, i) => value(Math.floor(i / side), i % side));

describe('geometricPositions', () => {
  it('are the official code’s for a table of 7 offsets resized to 11', () => {
    const positions = [-4.749996261597554, -2.49999906539917, -1, 0, 1, 2.49999906539917, 4.749996261597554];
    expect(geometricPositions(7, 11)).toEqual(positions);
  });

  it('reach half the new size where the ratio can', () => {
    const positions = geometricPositions(27, 47);
    expect(positions).toHaveLength(27);
    expect(Math.abs(positions[26]! - 23)).toBeLessThan(1e-3);
  });
});

describe('resizeRelativePosition', () => {
  it('resamples offsets row by row, keeps the class token’s rows, and each head apart', () => {
    const source = plane(7, (row, column) => 10 * row + column);
    const data = new Float32Array((49 + 3) * 2);
    for (const [index, value] of source.entries()) data.set([value, -value], 2 * index);
    data.set([1, 2, 3, 4, 5, 6], 98);
    const { shape, data: values } = resizeRelativePosition({ shape: [52, 2], data }, 124, 3);
    expect(shape).toEqual([124, 2]);
    expect([...values.subarray(242)]).toEqual([1, 2, 3, 4, 5, 6]);
    const at = (row: number, column: number) => values[2 * (11 * row + column)];
    // Offsets −5 and 5 are outside the old range and take the border's value; −1, 0 and 1 are old offsets.
    expect([at(0, 0), at(10, 10), at(5, 5), at(4, 5), at(5, 6)]).toBeAllclose([0, 66, 33, 23, 34]);
    expect(values[1 + 2 * 121 - 2]).toBeCloseTo(-66, 4);
  });

  it.each([
    [51, 124],
    [52, 125],
    [9 + 3, 124],
  ])('refuses %d rows for %d', (from, to) => {
    const table = { shape: [from, 1], data: new Float32Array(from) };
    expect(() => resizeRelativePosition(table, to, 3)).toThrow(UserError);
  });
});

describe('resizePositionEmbedding', () => {
  it('takes positions between pixel centres, as PyTorch with align_corners off', () => {
    const data = new Float32Array(1 + 64);
    data[0] = 7;
    data.set(
      plane(8, (row, column) => 10 * row + column),
      1,
    );
    const { shape, data: values } = resizePositionEmbedding({ shape: [1, 65, 1], data }, 16, 1);
    expect(shape).toEqual([1, 257, 1]);
    expect(values[0]).toBe(7);
    // Taps at a quarter of the way with PyTorch's a = −0.75, which bend a plane.
    const quarter = [-0.10546875, 0.87890625, 0.26171875, -0.03515625];
    const between = (first: number, taps: number[]) => taps.reduce((sum, tap, i) => sum + tap * (first + i), 0);
    // Positions (i + 0.5) / 2 − 0.5 of 5, 8 and 9: 2.25, 3.75 and 4.25.
    const [five, eight, nine] = [between(1, quarter), between(2, [...quarter].reverse()), between(3, quarter)];
    const at = (row: number, column: number) => values[1 + 16 * row + column];
    expect([at(8, 8), at(5, 9), at(9, 5)]).toBeAllclose([11 * eight, 10 * five + nine, 10 * nine + five]);
  });

  it('gives back the embedding for its own grid', () => {
    const data = Float32Array.from({ length: 9 * 2 }, (_, index) => Math.sin(index));
    expect(resizePositionEmbedding({ shape: [1, 9, 2], data }, 3, 0).data).toBeAllclose(data);
  });

  it('refuses one of no square grid', () => {
    const embedding = { shape: [1, 9, 2], data: new Float32Array(18) };
    expect(() => resizePositionEmbedding(embedding, 4, 1)).toThrow(/square grid, got \[1,9,2\]/);
  });
});
