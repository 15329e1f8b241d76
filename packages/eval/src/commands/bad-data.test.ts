import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { runEvalHere } from '../testing/run-eval.ts';
import { writeTextureModel } from '../testing/texture-models.ts';

let folder: string;
let model: string;

const at = (name: string) => join(folder, name);

async function writePicture(path: string): Promise<void> {
  await mkdir(dirname(at(path)), { recursive: true });
  await sharp({ create: { width: 70, height: 70, channels: 3, background: 'teal' } })
    .png()
    .toFile(at(path));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-bad-'));
  model = await writeTextureModel(folder, 'model.onnx');
  for (const name of ['train/a/1', 'train/b/1', 'test/a/1', 'test/b/1', 'test/c/1']) {
    await writePicture(`missing/${name}.png`);
  }
  // CIFAR-10's binary files: a label, then 3,072 colours.
  const record = new Uint8Array(3073);
  record[0] = 12;
  await mkdir(at('stray'), { recursive: true });
  for (const name of [1, 2, 3, 4, 5].map((i) => `data_batch_${i}`).concat('test_batch')) {
    await writeFile(at(`stray/${name}.bin`), record);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const FITTING = ['linear', 'knn', 'few-shot', 'retrieval'];

describe('bad data', () => {
  it.each([
    ...FITTING.map((command) => ({
      ...{ command, data: 'missing', args: ['--no-cache'] },
      message: 'every class to be tested must have training images, missing has none of "c".',
    })),
    ...[...FITTING, 'features', 'classify'].map((command) => ({
      ...{ command, data: 'stray', args: command === 'classify' ? ['--scores', 'mean_pooled'] : [] },
      message: 'must be in [0, 10), got 12 for sample 0.',
    })),
    ...[...FITTING, 'features', 'classify'].map((command) => ({
      ...{ command, data: 'nowhere', args: command === 'classify' ? ['--scores', 'mean_pooled'] : [] },
      message: 'data must be an existing path or "synthetic", got "',
    })),
  ])('eval $command on $data ends with one line and exit code 2', async ({ command, data, args, message }) => {
    const { code, stdout, stderr } = await runEvalHere(command, '--model', model, '--data', at(data), ...args);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
