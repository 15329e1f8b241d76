import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EncoderModelConfig } from '@mfm/models';
import { exportModel, exportModelFile } from './export-model.ts';
import { initialModel } from './model-source.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'export-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

const vit = (imageSize: number, embedDim: number, depth: number): EncoderModelConfig => ({
  ...{ imageSize, mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.3] },
  encoder: {
    ...{ type: 'vit', patchSize: 8, embedDim, depth, numHeads: 2, mlpRatio: 2, qkvBias: true },
    positionEmbedding: 'learnt',
  },
});

const small = initialModel(vit(16, 24, 1), 1);

describe('exportModelFile', () => {
  it("writes exportModel's bytes", async () => {
    const out = join(folder, 'one', 'model.onnx');
    const { files, parity } = await exportModelFile(small, out);
    const bytes = await readFile(out);
    expect(bytes.equals((await exportModel(small)).bytes)).toBe(true);
    expect(files).toEqual([{ path: out, bytes: bytes.length, sha256: expect.any(String) }]);
    expect([parity.passed, await readdir(join(folder, 'one'))]).toEqual([true, ['model.onnx']]);
  });

  it('puts large tensors beside the model, which was checked with them', async () => {
    const out = join(folder, 'two', 'model.onnx');
    const { files, parity } = await exportModelFile(small, out, { externalData: true, batch: 3, opset: 13 });
    expect(files.map(({ path }) => path)).toEqual([out, `${out}_data`]);
    expect([parity.passed, parity.batchSizes]).toEqual([true, [3]]);
    expect(await readdir(join(folder, 'two'))).toEqual(['model.onnx', 'model.onnx_data']);
  });

  it('leaves nothing when the check fails', async () => {
    const out = join(folder, 'three', 'model.onnx');
    await expect(exportModelFile(small, out, { tolerance: 0, externalData: true })).rejects.toThrow('must be within 0');
    expect(await readdir(join(folder, 'three'))).toEqual([]);
  });

  it('computes what is not tiny in a thread, which takes the parameters where they are given away', async () => {
    const model = initialModel(vit(64, 160, 6), 2);
    const kept = await exportModelFile(model, join(folder, 'kept.onnx'), { batchSizes: [1] });
    const weight = model.parameters['blocks.0.attn.qkv.weight']!;
    expect(weight.data.length).toBe(3 * 160 * 160);
    const given = await exportModelFile(model, join(folder, 'given.onnx'), { batchSizes: [1], release: true });
    expect(weight.data.length).toBe(0);
    expect(given.files[0]!.sha256).toBe(kept.files[0]!.sha256);
    expect(given.parity.outputs).toEqual(kept.parity.outputs);
    expect(given.parity.outputs.every(({ maxAbsolute }) => maxAbsolute > 0 && maxAbsolute < 1e-5)).toBe(true);
  });
});
