import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { convertTfjsModel } from './convert.ts';
import { GRAPH_OPS, GRAPH_OPS_THAT_DO_NOT } from './graph-ops.ts';
import { modelOfOp } from './testing/op-rows/op-row.ts';
import { OP_ROWS } from './testing/op-rows/op-rows.ts';
import { writeModel } from './testing/saved-model.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-ops-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The cpu backend's erf is a polynomial with an error of 1.5e-7, which the comparison's magnitude does not excuse. */
const TOLERANCE = 2e-6;

describe('ops of graph-models', () => {
  it.each(OP_ROWS.map((row, index) => [`${row.op} ${row.note ?? ''}`.trim(), index, row] as const))(
    '%s',
    async (_, index, row) => {
      const path = await writeModel(join(folder, `${index}`), modelOfOp(row));
      const { parity, inputs } = await convertTfjsModel(path);
      expect(inputs.some(({ shape }) => shape[0] === 'batch')).toBe(row.isDynamic ?? true);
      for (const { dtype, maxAbsolute, largest } of parity.outputs) {
        expect([dtype, maxAbsolute]).toEqual([dtype, expect.any(Number)]);
        expect(maxAbsolute).toBeLessThanOrEqual(dtype === 'float32' ? TOLERANCE * Math.max(1, largest) : 0);
      }
    },
  );

  it('every op that is said to convert has a row, and no other', () => {
    const tested = new Set(OP_ROWS.map(({ op }) => op));
    expect([...tested].sort()).toEqual(Object.values(GRAPH_OPS).flat().sort());
    const refused = Object.values(GRAPH_OPS_THAT_DO_NOT).flat();
    expect(refused.filter((op) => tested.has(op))).toEqual([]);
  });
});
