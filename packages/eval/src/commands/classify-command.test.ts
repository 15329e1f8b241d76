import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { traceToOnnx } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { runEvalHere } from '../testing/run-eval.ts';
import { writeTextureModel } from '../testing/texture-models.ts';

let folder: string;
const at = (name: string) => join(folder, name);

/** Writes a model of 32 px whose scores are the means of red, green and blue, then zeros. */
async function writeColourModel(name: string, classes: number): Promise<void> {
  const run = ({ pixel_values }: Record<string, tf.Tensor>) => ({
    scores: tf.concat([tf.mean(pixel_values!, [2, 3]), tf.zeros([4, classes - 3])], 1),
  });
  await writeFile(at(name), traceToOnnx(run, { pixel_values: { shape: [4, 3, 32, 32] } }));
}

/** Pictures of one colour, but for a border of another that the crop leaves out; larger than what is decoded when a set is opened. */
async function writeImages(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, colour] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    const inner = await sharp({ create: { width: 110, height: 72, channels: 3, background: colour } })
      .png()
      .toBuffer();
    const border = { top: 20, bottom: 20, left: 20, right: 20, background: 'black' };
    await sharp(inner).extend(border).png().toFile(at(path));
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-classify-'));
  await writeColourModel('three.onnx', 3);
  await writeColourModel('thousand.onnx', 1000);
  await writeTextureModel(folder, 'features.onnx');
  await writeImages({
    ...{ 'rgb/a-red/1.png': 'red', 'rgb/a-red/2.png': 'red', 'rgb/a-red/3.png': 'blue', 'rgb/b-green/1.png': 'lime' },
    'rgb/c-blue/1.png': 'blue',
    'val/n01440764/ILSVRC2012_val_00000001.JPEG': 'red',
    'val/n01440764/ILSVRC2012_val_00000003.JPEG': 'red',
    'val/n01443537/ILSVRC2012_val_00000002.JPEG': 'red',
    'val/n01443537/ILSVRC2012_val_00000004.JPEG': 'blue',
  });
  await mkdir(at('empty/a-red'), { recursive: true });
  // Of the four: right by both; right by ReaL alone; not judged; wrong by both.
  await writeFile(at('real.json'), JSON.stringify([[0], [1, 0], [], [7, 1]]));
  await writeFile(at('stray.json'), JSON.stringify([[0], [1000], [], [7]]));
  await writeFile(at('short.json'), JSON.stringify([[0]]));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const classify = (model: string, data: string, ...args: string[]) =>
  runEvalHere('classify', '--model', at(model), '--data', at(data), '--workers', '0', ...args);

describe('pnpm eval classify', () => {
  it('measures a classifier of another project on folders, and writes a page', async () => {
    const args = ['--crop-ratio', '0.5', '--interpolation', 'bilinear', '--report', at('page.html'), '--json'];
    const { stdout, code } = await classify('three.onnx', 'rgb', ...args);
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({
      ...{ images: 5, top1: 4 / 5, top5: 1, model: { output: 'scores', classes: 3 } },
      confusion: [
        [2, 0, 1],
        [0, 1, 0],
        [0, 0, 1],
      ],
      preprocessing: { imageSize: 32, resize: 64, interpolation: 'bilinear', mean: [0.485, 0.456, 0.406] },
    });
    const page = await readFile(at('page.html'), 'utf8');
    for (const text of ['80.00 %', 'c-blue', 'Confusion matrix']) expect(page).toContain(text);
  });

  it('judges by ImageNet-ReaL: several labels are right, images without any do not count', async () => {
    const { stdout } = await classify('thousand.onnx', 'val', '--real-labels', at('real.json'), '--json');
    const document = JSON.parse(stdout);
    // Blue's score is class 2, which the data set does not have.
    expect(document).toMatchObject({ images: 4, top1: 2 / 4, real: { images: 3, top1: 2 / 3 } });
    expect(document.confusion).toEqual([
      [2, 0, 0],
      [1, 0, 1],
      [0, 0, 0],
    ]);
    const text = await classify('thousand.onnx', 'val', '--real-labels', at('real.json'));
    expect(text.stdout).toMatch(/ImageNet-ReaL *│ *3 │ *66\.67/);
    expect(text.stdout).toContain('n01443537 → another class 1');
  });

  it.each([
    {
      model: 'features.onnx',
      data: 'rgb',
      args: [],
      message: 'must have the output "logits", got mean_pooled [8, 96]',
    },
    {
      model: 'features.onnx',
      data: 'rgb',
      args: ['--scores', 'patch_tokens'],
      message: 'must be float32 [batch, length]',
    },
    { model: 'three.onnx', data: 'val', args: [], message: 'val must have 3 classes, as many as the model has scores' },
    { model: 'three.onnx', data: 'empty', args: [], message: 'every class folder must hold images, got the empty' },
    { model: 'thousand.onnx', data: 'rgb', args: [], message: 'or only folders named by WordNet ids of ImageNet-1k' },
    {
      ...{ model: 'thousand.onnx', data: 'val', args: ['--real-labels', 'stray.json'] },
      message: '--real-labels: classes must be from 0 to 999, got 1000 for image 1.',
    },
    {
      ...{ model: 'thousand.onnx', data: 'val', args: ['--real-labels', 'short.json'] },
      message: '--real-labels: must have labels of image 3, got 1 images.',
    },
    {
      ...{ model: 'three.onnx', data: 'rgb', args: ['--real-labels', 'real.json'] },
      message: 'images must be named as ImageNet\'s validation set, ILSVRC2012_val_00000001.JPEG, got "1.png".',
    },
    {
      ...{ model: 'three.onnx', data: 'rgb', args: ['--resize', '64', '--crop-ratio', '0.5'] },
      message: '--crop-ratio: says what --resize says too. Leave one out.',
    },
  ])('ends with one line and exit code 2 for $model on $data, $args', async ({ model, data, args, message }) => {
    const paths = args.map((arg) => (arg.endsWith('.json') ? at(arg) : arg));
    const { code, stdout, stderr } = await classify(model, data, ...paths);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
