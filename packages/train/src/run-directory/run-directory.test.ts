import { appendFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { resolveConfig } from '../config/resolve-config.ts';
import { openCheckpointStore } from './checkpoint-store.ts';
import { openMetricsFile, readMetrics } from './metrics-file.ts';
import { readRunConfig, requireNoRun, resumeConfig, writeRunConfig } from './run-directory.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-run-'));
});
afterEach(() => rm(folder, { recursive: true }));

const line = (step: number) => ({ step, epoch: step / 10, loss: 1 / step, lr: 1e-3, gradNorm: 0.5 });

describe('openMetricsFile', () => {
  it('cuts off what lies behind the step it goes on from, and an unfinished line', async () => {
    const first = await openMetricsFile(folder, 0);
    for (const step of [1, 2, 3, 4]) await first.write(line(step));
    await appendFile(join(folder, 'metrics.jsonl'), '{"step":5,"ep');
    const second = await openMetricsFile(folder, 2);
    await second.write({ ...line(3), loss: 9 });
    expect(await readMetrics(folder)).toEqual([line(1), line(2), { ...line(3), loss: 9 }]);
  });

  it('keeps the whole lines before a damaged one', async () => {
    await writeFile(
      join(folder, 'metrics.jsonl'),
      `${JSON.stringify(line(1))}\n{"step":2,\n${JSON.stringify(line(3))}\n`,
    );
    await openMetricsFile(folder, 10);
    expect(await readMetrics(folder)).toEqual([line(1)]);
  });
});

describe('openCheckpointStore', () => {
  it('orders by time, keeps the newest, clears what was left half-written', async () => {
    const store = openCheckpointStore(folder);
    const positions = [
      { epoch: 1, batch: 0, step: 10 },
      { epoch: 1, batch: 5, step: 15 },
      { epoch: 2, batch: 0, step: 20 },
      { epoch: 10, batch: 0, step: 100 },
    ];
    await mkdir(join(folder, 'checkpoints'));
    for (const position of positions) await writeFile(store.path(position, position.step), '');
    await writeFile(join(folder, 'checkpoints', '.epoch_0011.safetensors.abc.tmp'), '');
    const names = (await store.list()).map((path) => basename(path, '.safetensors'));
    expect(names).toEqual(['epoch_0010', 'epoch_0002', 'epoch_0001_step_00000015', 'epoch_0001']);
    await store.rotate(2);
    expect((await readdir(join(folder, 'checkpoints'))).sort()).toEqual([
      'epoch_0002.safetensors',
      'epoch_0010.safetensors',
    ]);
  });

  it('is empty before the first checkpoint', async () => {
    const store = openCheckpointStore(folder);
    await store.rotate(1);
    expect(await store.list()).toEqual([]);
  });
});

describe('run directory', () => {
  const resolve = (overrides: string[] = []) => resolveConfig({ preset: 'mfm_pretrain__vit_quickstart', overrides });

  it('is never overwritten', async () => {
    await requireNoRun(folder);
    await writeRunConfig(folder, await resolve());
    await expect(requireNoRun(folder)).rejects.toThrow(/--resume/);
  });

  it('gives its configuration back, also as --config', async () => {
    const config = await resolve(['seed=3']);
    await writeRunConfig(folder, config);
    expect(await readRunConfig(folder)).toEqual(config);
    expect(await resolveConfig({ file: join(folder, 'config.json') })).toEqual(config);
  });

  it('names a damaged configuration', async () => {
    await writeFile(join(folder, 'config.json'), '{"epochs":');
    await expect(readRunConfig(folder)).rejects.toThrow(/config\.json: must be JSON/);
  });

  it('says when there is nothing to resume', async () => {
    await expect(readRunConfig(folder)).rejects.toThrow(/--resume: must be the folder of a run/);
  });

  it('resumes with other threads, but not with other epochs', async () => {
    const stored = await resolve();
    expect(resumeConfig(stored, await resolve(['threads=1'])).threads).toBe(1);
    const asked = await resolve(['epochs=9']);
    expect(() => resumeConfig(stored, asked)).toThrow(/epochs must be as the run began \(10\), got 9/);
  });
});
