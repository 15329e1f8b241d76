import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildPretext, writeCheckpoint } from '@mfm/models';
import { resolveConfig } from '../config/resolve-config.ts';
import type { TrainState } from '../engine/engine.ts';
import { initialState, loadState, saveState } from './train-state.ts';

const tiny = (embedDim: number) =>
  resolveConfig({
    preset: 'mfm_pretrain__vit_quickstart',
    overrides: [`model.encoder.embedDim=${embedDim}`, 'model.encoder.depth=1', 'model.encoder.numHeads=2'],
  });

/** A state whose moments differ from each other and from zero. */
function trainedState(state: TrainState): TrainState {
  const add = (arrays: Record<string, Float32Array>, value: number) =>
    Object.fromEntries(Object.entries(arrays).map(([name, data]) => [name, data.map((x, i) => x + value + i)]));
  return { parameters: state.parameters, expAvg: add(state.expAvg, 1), expAvgSq: add(state.expAvgSq, 2), step: 12 };
}

describe('saveState and loadState', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mfm-state-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const save = async (name: string) => {
    const path = join(folder, name);
    const config = await tiny(16);
    const model = buildPretext(config.model);
    const state = trainedState(initialState(model.parameters, config.seed));
    await saveState(path, model.parameters, config, state, 3);
    return { path, config, model, state };
  };

  it('give back the same state', async () => {
    const { path, model, state } = await save('a.safetensors');
    expect(await loadState(path, model.parameters)).toEqual(state);
  });

  it('write the same bytes for the same state', async () => {
    const [first, second] = [await save('b.safetensors'), await save('c.safetensors')];
    expect((await readFile(first.path)).equals(await readFile(second.path))).toBe(true);
  });

  it('refuse the checkpoint of another model', async () => {
    const { path } = await save('d.safetensors');
    const other = buildPretext((await tiny(24)).model);
    await expect(loadState(path, other.parameters)).rejects.toThrow(
      /of another shape decoder\.0\.weight \[48,16,1,1\] instead of \[48,24,1,1\]/,
    );
  });

  it('refuse a truncated checkpoint', async () => {
    const { path, model } = await save('e.safetensors');
    await writeFile(path, (await readFile(path)).subarray(0, -1));
    await expect(loadState(path, model.parameters)).rejects.toThrow(/e\.safetensors/);
  });

  it('refuse a checkpoint without moments', async () => {
    const { config, model, state } = await save('f.safetensors');
    const path = join(folder, 'g.safetensors');
    const parameters = model.parameters.map(
      ({ name, shape }) => [name, { shape, data: state.parameters[name]! }] as const,
    );
    await writeCheckpoint(path, { config, model: Object.fromEntries(parameters), step: 1, epoch: 1, seed: 0 });
    await expect(loadState(path, model.parameters)).rejects.toThrow(/optimiser's state.*cannot be resumed/);
  });
});
