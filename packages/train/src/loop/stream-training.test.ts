import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resolveConfig } from '../config/resolve-config.ts';
import { runTraining } from './run-training.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-stream-'));
  const shard = ['shard', '--data', 'synthetic:40', '--out', join(folder, 'shards'), '--images-per-shard', '10'];
  execFileSync(process.execPath, [join(process.cwd(), 'packages/data/dist/cli.js'), ...shard]);
});
afterAll(() => rm(folder, { recursive: true }));

const config = (overrides: readonly string[] = []) =>
  resolveConfig({
    preset: 'mfm_pretrain__vit_quickstart',
    options: {
      ...{ batchSize: 8, epochs: 2, threads: 1 },
      data: { path: join(folder, 'shards'), stream: true, workers: 0 },
    },
    overrides: [
      ...['model.imageSize=16', 'model.encoder.embedDim=16', 'model.encoder.depth=1', 'model.encoder.numHeads=2'],
      ...overrides,
    ],
  });

describe('training on streamed shards', () => {
  it('ends with the same bytes when it is interrupted within an epoch and resumed', async () => {
    const whole = await runTraining({ config: await config(), folder: join(folder, 'whole') });
    expect(whole).toMatchObject({ finished: true, steps: 10 });
    let steps = 0;
    const run = { config: await config(), folder: join(folder, 'parts') };
    const first = await runTraining({ ...run, onStep: () => steps++, shouldStop: () => steps >= 2 });
    expect(first.finished).toBe(false);
    const second = await runTraining({ ...run, resume: true });
    expect(second).toMatchObject({ finished: true, steps: 10 });
    expect(await readFile(second.checkpoint!)).toEqual(await readFile(whole.checkpoint!));
  });

  it('refuses a part of the images', async () => {
    const some = await config(['data.images=16']);
    await expect(runTraining({ config: some, folder: join(folder, 'some') })).rejects.toThrow(
      /data\.images: must be left out with data\.stream/,
    );
  });
});
