import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import { ones, parameter } from '../parameters/parameter-spec.ts';
import { type Checkpoint, checkParameters, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { writeSafetensors } from './write-safetensors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
});
afterAll(() => rm(folder, { recursive: true }));

const tensor = (...values: number[]) => ({ shape: [values.length], data: Float32Array.from(values) });

const CHECKPOINT: Checkpoint = {
  config: { model: { imageSize: 32 }, seed: 3 },
  model: { 'encoder.norm.weight': tensor(1, 2), 'decoder.0.bias': tensor(3) },
  optimizer: { expAvg: { 'decoder.0.bias': tensor(4) }, expAvgSq: { 'decoder.0.bias': tensor(5) } },
  step: 12,
  epoch: 4,
  seed: 3,
  normalisation: { mean: [0.5, 0.5, 0.5], std: [1, 1, 1] },
  versions: { mfm: '0.1.0' },
};

describe('checkpoint', () => {
  it('reads back what it wrote', async () => {
    const path = join(folder, 'one.safetensors');
    await writeCheckpoint(path, CHECKPOINT);
    expect(await readCheckpoint(path)).toEqual({ ...CHECKPOINT, path });
  });

  it('writes the same bytes for the same state', async () => {
    const [a, b] = [join(folder, 'a.safetensors'), join(folder, 'b.safetensors')];
    await writeCheckpoint(a, CHECKPOINT);
    const model = Object.fromEntries(Object.entries(CHECKPOINT.model).reverse());
    await writeCheckpoint(b, { ...CHECKPOINT, model });
    expect(await readFile(b)).toEqual(await readFile(a));
  });

  it('takes the newest of a run directory, within an epoch after its beginning', async () => {
    const run = join(folder, 'run');
    for (const name of ['epoch_0009', 'epoch_0010', 'epoch_0010_step_00000123']) {
      await writeCheckpoint(join(run, 'checkpoints', `${name}.safetensors`), { ...CHECKPOINT, step: name.length });
    }
    await writeFile(join(run, 'checkpoints', '.epoch_0011.safetensors.tmp'), 'unfinished');
    expect((await readCheckpoint(run)).path).toMatch(/epoch_0010_step_00000123\.safetensors$/);
    expect((await readCheckpoint(join(run, 'checkpoints'))).step).toBe('epoch_0010_step_00000123'.length);
  });

  it('says what is wrong with a path, a file, a format', async () => {
    await expect(readCheckpoint(join(folder, 'nowhere'))).rejects.toThrow(/nowhere: no such file or folder/);
    await mkdir(join(folder, 'bare'));
    await expect(readCheckpoint(join(folder, 'bare'))).rejects.toThrow(/must be a run directory with a checkpoint/);
    const other = join(folder, 'other.safetensors');
    await writeSafetensors(other, { w: tensor(1) });
    await expect(readCheckpoint(other)).rejects.toThrow(/must be a checkpoint of this project .* got format none/);
    const cut = join(folder, 'cut.safetensors');
    await writeCheckpoint(cut, CHECKPOINT);
    await truncate(cut, (await readFile(cut)).length - 4);
    await expect(readCheckpoint(cut)).rejects.toThrow(/cut\.safetensors: .*truncated/);
    await expect(readCheckpoint(cut)).rejects.toThrow(UserError);
  });

  it('refuses metadata that was tampered with', async () => {
    const path = join(folder, 'odd.safetensors');
    const metadata = { format: 'mfm-checkpoint', config: '{}', step: '-1', epoch: '0', seed: '0' };
    await writeSafetensors(path, {}, metadata);
    await expect(readCheckpoint(path)).rejects.toThrow(/"step" must be a count, got -1/);
    await writeSafetensors(path, {}, { ...metadata, step: '1', config: '{' });
    await expect(readCheckpoint(path)).rejects.toThrow(/"config" must be JSON/);
  });
});

describe('checkParameters', () => {
  const specs = ['a', 'b', 'c', 'd', 'e'].map((name) => parameter(name, [2], ones));

  it('accepts exactly the parameters of a model', () => {
    const tensors = Object.fromEntries(specs.map(({ name }) => [name, tensor(1, 2)]));
    expect(() => checkParameters('x', tensors, specs)).not.toThrow();
  });

  it('lists what is missing, unexpected and of another shape', () => {
    const tensors = { a: tensor(1, 2, 3), z: tensor(1) };
    expect(() => checkParameters('run.safetensors', tensors, specs)).toThrow(
      "run.safetensors: must be a checkpoint of this model, got another's: missing b, c, d and 1 more; unexpected z; " +
        'of another shape a [3] instead of [2]',
    );
  });
});
