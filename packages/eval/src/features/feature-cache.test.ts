import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Dataset, openDataset, trainTransform } from '@mfm/data';
import { readSafetensors } from '@mfm/models';
import type { VectorModel } from '../model/feature-model.ts';
import { extractFeatures } from './extract-features.ts';
import { openFeatures } from './feature-cache.ts';
import { loadTable } from './feature-table.ts';

let folder: string;
let dataset: Dataset;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-features-'));
  dataset = await openDataset('synthetic:700', { imageSize: 8 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Two parts: the first pixel's colours, and the mean of all values. `runs` counts batches. */
function pixelModel(hash = 'a'): VectorModel & { runs: number } {
  const model = {
    ...{ path: 'pixels.onnx', hash, metadata: {}, output: 'first,mean', dim: 4, runs: 0 },
    preprocessing: {
      ...{ input: 'x', encoding: 'pixels', imageSize: 8, resize: 8 },
      ...{ mean: [0, 0, 0], std: [1, 1, 1] },
    },
    parts: [
      { name: 'first', output: 'first', dim: 3 },
      { name: 'mean', output: 'mean', dim: 1 },
    ],
    async runParts(pixels: Uint8Array) {
      model.runs++;
      const images = Array.from({ length: pixels.length / 192 }, (_, i) => pixels.subarray(i * 192, (i + 1) * 192));
      return [
        Float32Array.from(images.flatMap((image) => [...image.subarray(0, 3)])),
        Float32Array.from(images, (image) => image.reduce((sum, value) => sum + value, 0) / 192),
      ];
    },
    async close() {},
  };
  return model as unknown as VectorModel & { runs: number };
}

const options = (name: string) => ({ cacheFolder: join(folder, name), workers: 0 });

describe('openFeatures', () => {
  it('gives what extraction in memory gives, and the second time without running the model', async () => {
    const expected = loadTable(await extractFeatures(pixelModel(), dataset, { workers: 0 }));
    const model = pixelModel();
    for (const runs of [3, 3]) {
      const table = await openFeatures(model, dataset, options('same'));
      expect(loadTable(table).features).toEqual(expected.features);
      expect(table.labels).toEqual(expected.labels);
      table.close();
      expect(model.runs).toBe(runs);
    }
  });

  it('keeps safetensors files of each output, with labels and indices of the images', async () => {
    const subset = Int32Array.of(3, 20, 4);
    (await openFeatures(pixelModel(), dataset, { ...options('files'), subset })).close();
    const files = await readdir(join(folder, 'files'));
    expect(files).toHaveLength(2);
    const read = await Promise.all(files.map((file) => readSafetensors(join(folder, 'files', file))));
    const { tensors, metadata } = read.find(({ metadata: { output } }) => output === 'first')!;
    expect(metadata).toEqual({ data: 'synthetic', model_sha256: 'a', output: 'first' });
    expect(tensors.features!.shape).toEqual([3, 3]);
    expect([...(tensors.indices!.data as Int32Array)]).toEqual([3, 20, 4]);
    expect([...(tensors.labels!.data as Int32Array)]).toEqual([...subset].map((i) => dataset.labels[i]!));
  });

  it('makes features anew for another model, other images, another transform or its draws', async () => {
    const base = { ...options('keys'), subset: Int32Array.of(1, 2) };
    const variants = [
      { model: pixelModel(), extract: base },
      { model: pixelModel('b'), extract: base },
      { model: pixelModel(), extract: { ...base, subset: Int32Array.of(2, 1) } },
      { model: pixelModel(), extract: { ...base, transform: trainTransform(8) } },
      { model: pixelModel(), extract: { ...base, transform: trainTransform(8), epoch: 1 } },
      { model: pixelModel(), extract: { ...base, device: 'cuda' } },
    ];
    for (const { model, extract } of variants) {
      (await openFeatures(model, dataset, extract)).close();
      expect(model.runs).toBe(1);
    }
    const other = await openDataset('synthetic:700', { imageSize: 8, seed: 1 });
    const model = pixelModel();
    (await openFeatures(model, other, base)).close();
    expect(model.runs).toBe(1);
    expect(await readdir(join(folder, 'keys'))).toHaveLength(14);
  });

  it('makes a damaged file anew', async () => {
    const base = { ...options('damaged'), subset: Int32Array.of(1, 2) };
    (await openFeatures(pixelModel(), dataset, base)).close();
    const [first, second] = (await readdir(base.cacheFolder)).map((file) => join(base.cacheFolder, file));
    const whole = await readFile(first!);
    for (const damage of [() => truncate(first!, 4100), () => writeFile(second!, 'no features'), () => rm(first!)]) {
      await damage();
      const model = pixelModel();
      (await openFeatures(model, dataset, base)).close();
      expect(model.runs).toBe(1);
      expect(await readFile(first!)).toEqual(whole);
    }
  });

  it('leaves nothing behind without a cache, or when extraction fails', async () => {
    const model = pixelModel();
    const table = await openFeatures(model, dataset, { ...options('none'), cache: false });
    expect(table.count).toBe(700);
    table.close();
    await expect(readdir(join(folder, 'none'))).rejects.toThrow('ENOENT');
    const broken = { ...pixelModel(), runParts: async () => [Float32Array.of(1, 2, 3), Float32Array.of(Number.NaN)] };
    const failing = openFeatures(broken, dataset, { ...options('failed'), subset: Int32Array.of(1) });
    await expect(failing).rejects.toThrow(
      'extractFeatures: "mean" of pixels.onnx must be finite, got NaN for image 0.',
    );
    expect(await readdir(join(folder, 'failed'))).toEqual([]);
  });

  it('names the option for a folder that cannot be written to', async () => {
    await writeFile(join(folder, 'file'), '');
    const opening = openFeatures(pixelModel(), dataset, options('file/below'));
    await expect(opening).rejects.toThrow(
      'must be a folder that can be written to, got ENOTDIR. Choose another with --cache-dir.',
    );
  });
});
