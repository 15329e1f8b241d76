import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { blocksOf, joinColumns, loadTable, normalizeRows, selectRows, tableOf, unitTable } from './feature-table.ts';

/** Row r, column c holds 100·r + c. */
const numbered = (count: number, dim: number) =>
  tableOf(
    Float32Array.from({ length: count * dim }, (_, i) => 100 * Math.floor(i / dim) + (i % dim)),
    Int32Array.from({ length: count }, (_, row) => row % 3),
    dim,
  );

describe('selectRows', () => {
  it('gives any rows in any order, read in any pieces', () => {
    const table = numbered(2000, 3);
    fc.assert(
      fc.property(
        fc.array(fc.nat(1999), { minLength: 1, maxLength: 60 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 70 }),
        (rows, sorted, piece) => {
          const indices = Int32Array.from(sorted ? [...rows].sort((a, b) => a - b) : rows);
          const chosen = selectRows(table, indices);
          const read: number[] = [];
          for (const { features } of blocksOf(chosen, piece)) read.push(...features);
          expect(read).toEqual([...indices].flatMap((row) => [100 * row, 100 * row + 1, 100 * row + 2]));
          expect([...chosen.labels]).toEqual([...indices].map((row) => row % 3));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('reads runs longer than a piece', () => {
    const indices = Int32Array.from({ length: 1500 }, (_, i) => i + 100);
    expect(loadTable(selectRows(numbered(2000, 1), indices)).features[1499]).toBe(159_900);
  });
});

describe('joinColumns', () => {
  it('puts rows side by side', () => {
    const joined = joinColumns([numbered(5, 2), numbered(5, 1)]);
    expect(joined.dim).toBe(3);
    expect([...joined.readRows(3, 2)]).toEqual([300, 301, 300, 400, 401, 400]);
  });
});

describe('unitTable', () => {
  it('has rows of length one about the centre, and leaves the table as it was', () => {
    const table = tableOf(Float32Array.of(3, 4, 1, 1, 1, 1), Int32Array.of(0, 1, 2), 2);
    expect(loadTable(unitTable(table)).features).toBeAllclose([
      0.6,
      0.8,
      Math.SQRT1_2,
      Math.SQRT1_2,
      Math.SQRT1_2,
      Math.SQRT1_2,
    ]);
    expect([...loadTable(unitTable(table, Float64Array.of(1, 1))).features.subarray(2)]).toEqual([0, 0, 0, 0]);
    expect([...table.features.subarray(0, 2)]).toEqual([3, 4]);
    expect(normalizeRows(Float32Array.of(0, 0), 2)).toBeAllclose([0, 0]);
  });
});
