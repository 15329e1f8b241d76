import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportModel } from './export-model.ts';
import { statePath, writeInitialState } from './initial-state.ts';
import { initialModel, loadTrainedModel } from './model-source.ts';
import { enlarged, TINY_CLASSIFIERS, TINY_PRETEXTS } from './testing/tiny-models.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-examples-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Standard output of an example. */
async function example(name: string, ...args: string[]): Promise<string> {
  const path = join(process.cwd(), 'packages/export/examples', name);
  return (await promisify(execFile)(process.execPath, [path, ...args])).stdout;
}

describe('the examples in plain onnxruntime-node', () => {
  it('train, and save a checkpoint that exports', async () => {
    const [path, trained] = [join(folder, 'train.onnx'), join(folder, 'trained.safetensors')];
    const model = initialModel(TINY_PRETEXTS[0]![1], 1);
    const { bytes } = await exportModel(model, { head: 'train-step', batch: 4 });
    await writeFile(path, bytes);
    await writeInitialState(statePath(path), model);
    const stdout = await example('train.mjs', path, '60', trained);
    const losses = [...stdout.matchAll(/loss ([\d.]+)/g)].map(([, loss]) => Number(loss));
    expect(losses).toHaveLength(60);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(-10))).toBeLessThan(0.9 * mean(losses.slice(0, 10)));
    const loaded = await loadTrainedModel(trained);
    expect(loaded.config).toEqual(model.config);
    for (const [name, { data }] of Object.entries(model.parameters)) {
      expect(loaded.parameters[name]!.data).not.toEqual(data);
    }
  });

  it('attack: the loss rises', async () => {
    const path = join(folder, 'gradient.onnx');
    const model = enlarged(initialModel(TINY_CLASSIFIERS[0]![1], 3));
    await writeFile(path, (await exportModel(model, { head: 'gradient', batchSizes: [1] })).bytes);
    const { loss } = JSON.parse(await example('fgsm.mjs', path));
    expect(loss[1]).toBeGreaterThan(loss[0]);
  });
});
