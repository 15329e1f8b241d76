import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { presetConfig, presetStep } from '../preset-step.ts';
import { requireCounterpart, timePytorch } from './pytorch.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-pytorch-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** An interpreter that ends as Python does with this error. */
async function failing(message: string): Promise<string> {
  const file = join(folder, 'python');
  await writeFile(file, `#!/bin/sh\necho "${message}" >&2\nexit 1\n`, { mode: 0o755 });
  return file;
}

describe('timePytorch', () => {
  it.each([
    ['there is no Python', () => 'no-such-python', /got: no no-such-python\. Install it .*--python/],
    [
      'it has no torch',
      () => failing("ModuleNotFoundError: No module named 'torch'"),
      /got: ModuleNotFoundError: .*'torch'\. Install it/,
    ],
    ['the script fails', () => failing('the models differ'), /time-step\.py ended with exit code 1: the models differ/],
  ])('says what to do, or what went wrong, where %s', async (_, python, message) => {
    const options = { python: await python(), threads: 1, warmup: 0, runs: 1, learningRate: 1e-4, compile: false };
    await expect(timePytorch(presetStep('mfm_pretrain__vit_quickstart', 2), options)).rejects.toThrow(message);
  });

  it.each([
    ['mfm_pretrain__swin_tiny__img224__300ep', /of type swin/],
    ['mfm_pretrain__resnet_synthetic64', /other widths than torchvision/],
    ['sr_pretrain__vit_cifar10', /another task/],
  ])('refuses what the script has no counterpart of: %s', (preset, message) => {
    expect(() => requireCounterpart(presetConfig(preset))).toThrow(message);
  });
});
