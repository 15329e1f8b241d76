import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { convertTfjsModel } from './convert.ts';
import { LAYER_ROWS, modelOf } from './testing/layer-rows.ts';
import { savedLayers, writeModel } from './testing/saved-model.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-layers-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Trained-looking values: zeros and ones of the initialisers would hide a mistake. Variances are positive. */
function stirWeights(model: ReturnType<typeof modelOf>): void {
  const stirred = model.weights.map(({ shape, originalName }, position) => {
    const size = shape.reduce<number>((product, length) => product * length!, 1);
    const values = Float32Array.from({ length: size }, (_, i) => 0.4 * Math.sin(1 + 1.3 * i + position));
    return tf.tensor(
      originalName.includes('variance') ? values.map((value) => 0.1 + Math.abs(value)) : values,
      shape as number[],
    );
  });
  model.setWeights(stirred);
  tf.dispose(stirred);
}

describe('layers of tf.layers, saved, read and converted with an open batch', () => {
  const rows = LAYER_ROWS.map((row, index) => [`${row.className} ${row.note ?? ''}`.trim(), index, row] as const);
  it.each(rows)('%s', async (_, index, row) => {
    await tf.setBackend('cpu');
    const model = modelOf(row);
    stirWeights(model);
    const path = await writeModel(join(folder, `${index}`), await savedLayers(model));
    const { parity, outputs, inputs } = await convertTfjsModel(path);
    expect(inputs.map(({ shape }) => shape)).toEqual(row.inputs.map((shape) => ['batch', ...shape]));
    expect(outputs.map(({ shape }) => shape)).toEqual(
      model.outputs.map(({ shape }) => ['batch', ...shape.slice(1).map((length) => length ?? expect.any(Number))]),
    );
    expect(parity.batchSizes).toEqual([1, 2]);
    for (const { maxAbsolute, largest } of parity.outputs) {
      expect(maxAbsolute).toBeLessThan(1e-5 * Math.max(1, largest));
      expect(largest).toBeGreaterThan(0);
    }
    model.dispose();
  });
});
