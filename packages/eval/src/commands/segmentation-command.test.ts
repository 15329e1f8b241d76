import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { exportModel, initialModel } from '@mfm/export';
import { type SegmenterConfig, writeCheckpoint } from '@mfm/models';
import { encodeModel, trace, traceToOnnx } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { runEvalHere } from '../testing/run-eval.ts';
import { writeTextureModel } from '../testing/texture-models.ts';

let folder: string;
const at = (name: string) => join(folder, name);

/** Class 1 where red is above its mean of ImageNet, else class 0; with so many more classes that nothing is. */
const redSegmenter =
  (more = 0) =>
  ({ pixel_values }: Record<string, tf.Tensor>) => {
    const [batch, , height, width] = pixel_values!.shape as [number, number, number, number];
    const red = tf.slice(pixel_values!, [0, 0, 0, 0], [-1, 1, -1, -1]);
    const never = Array.from({ length: more }, () => tf.fill([batch, 1, height, width], -99));
    return { logits: tf.concat([tf.neg(red), red, ...never], 1) };
  };

async function write(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(at(path)), { recursive: true });
  await writeFile(at(path), bytes);
}

const png = (values: number[], width: number, channels: 1 | 3) =>
  sharp(Uint8Array.from(values), { raw: { width, height: values.length / width / channels, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toBuffer();

/** An image that is red from column `from` on, and its mask with some labels changed, by pixel. */
async function writePair(set: string, name: string, from: number, changes: Record<number, number> = {}, width = 24) {
  const height = 20;
  const labels = Array.from({ length: width * height }, (_, i) => (i % width >= from ? 1 : 0));
  await write(
    `${set}/images/${name}.png`,
    await png(
      labels.flatMap((label) => [label ? 250 : 10, 90, 90]),
      width,
      3,
    ),
  );
  const mask = labels.map((label, i) => changes[i] ?? label);
  await write(`${set}/annotations/${name}.png`, await png(mask, width, 1));
}

const TINY: SegmenterConfig = {
  ...{ imageSize: 32, numClasses: 7, mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] },
  encoder: {
    ...{ type: 'vit', patchSize: 8, embedDim: 16, depth: 2, numHeads: 2, mlpRatio: 2 },
    ...{ qkvBias: true, positionEmbedding: 'sincos' },
  },
  upernet: { channels: 8, poolScales: [1, 2], auxiliaryChannels: 8, dropout: 0.1 },
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-seg-'));
  await write('fixed.onnx', traceToOnnx(redSegmenter(), { pixel_values: { shape: [2, 3, 16, 16] } }));
  await write('three.onnx', traceToOnnx(redSegmenter(1), { pixel_values: { shape: [2, 3, 16, 16] } }));
  // A model of another project: any size, another name, beside an output that is no logits.
  const graph = trace(
    ({ input }) => {
      const { logits } = redSegmenter()({ pixel_values: input! });
      return { out: logits!, sum: tf.sum(logits!) };
    },
    { input: { shape: [1, 3, 16, 16] } },
  );
  const open = (channels: number) => ['n', channels, 'h', 'w'];
  Object.assign(graph.inputs[0]!, { shape: open(3) });
  Object.assign(graph.outputs[0]!.value, { shape: open(2) });
  await write('open.onnx', encodeModel(graph));
  await writeTextureModel(folder, 'features.onnx');
  for (const set of ['good', 'stray', 'larger']) await write(`${set}/classes.txt`, 'rest\nred\n');
  // Of 960 pixels one of class 1 and two of class 0 are labelled as the other, and one is not labelled.
  await writePair('good', 'a', 9, { 23: 0, 24: 1, 25: 1, 100: 255 });
  await writePair('good', 'b', 13);
  for (const name of 'abcdef') await writePair('stray', name, 9, name === 'c' ? { 30: 7 } : {});
  for (const name of 'abcdef') await writePair('larger', name, 9);
  await write('larger/annotations/c.png', await png(new Array(20 * 20).fill(0), 20, 1));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const evaluate = (model: string, data: string, ...args: string[]) =>
  runEvalHere('segmentation', '--model', at(model), '--data', data.startsWith('synthetic') ? data : at(data), ...args);

describe('pnpm eval segmentation', () => {
  it.each([
    { model: 'fixed.onnx', args: [] },
    { model: 'fixed.onnx', args: ['--stride', '5', '--flip'] },
    { model: 'open.onnx', args: ['--crop', '16'] },
    { model: 'open.onnx', args: ['--mode', 'whole', '--flip'] },
  ])('scores what $model predicts with $args', async ({ model, args }) => {
    const { code, stdout, stderr } = await evaluate(model, 'good', '--json', ...args);
    expect([stderr, code]).toEqual(['', 0]);
    const { mIoU, meanAccuracy, pixelAccuracy, classes, images } = JSON.parse(stdout);
    // The model calls 20 · (15 + 11) = 520 pixels red, one of which is labelled as the rest, and 440 the rest, of which two are labelled red and one is not.
    const ious = [437 / 440, 519 / 522];
    expect(images).toBe(2);
    expect(classes.map(({ iou }: { iou: number }) => iou)).toBeAllclose(ious, { rtol: 1e-12, atol: 0 });
    expect(mIoU).toBeCloseTo((ious[0]! + ious[1]!) / 2, 12);
    expect(pixelAccuracy).toBeCloseTo(956 / 959, 12);
    expect(meanAccuracy).toBeCloseTo((437 / 438 + 519 / 521) / 2, 12);
  });

  it('gives the same masks as the eager model of the checkpoint, and writes a page', async () => {
    const model = initialModel(TINY, 3);
    await write('tiny.onnx', (await exportModel(model, { head: 'segmentation' })).bytes);
    await writeCheckpoint(at('tiny.safetensors'), {
      ...{ config: { kind: 'segmentation', model: TINY }, model: { ...model.parameters }, step: 1, epoch: 1, seed: 3 },
    });
    const files = ['--checkpoint', at('tiny.safetensors'), '--report', at('page.html'), '--examples', '1'];
    const { code, stdout } = await evaluate('tiny.onnx', 'synthetic-seg:5', '--json', ...files);
    expect(code).toBe(0);
    const { agreement, split, images } = JSON.parse(stdout);
    expect([split, images, agreement.pixels]).toEqual(['val', 1, 128 * 96]);
    expect(agreement.share).toBeGreaterThan(0.999);
    const page = await readFile(at('page.html'), 'utf8');
    expect(page.match(/<img src="data:image\/png/g)).toHaveLength(4);
    expect(page).toContain('val 0');
  });

  it.each([
    {
      what: 'data that are missing',
      model: 'fixed.onnx',
      data: 'nowhere',
      message: /existing path or "synthetic-seg"/,
    },
    { what: 'a model that is missing', model: 'none.onnx', data: 'good', message: /must exist, got ".*none\.onnx"/ },
    {
      what: 'a model of other classes',
      ...{ model: 'three.onnx', data: 'good', message: /must have 2 classes, those of the data, got 3/ },
    },
    {
      what: 'a model without logits',
      ...{ model: 'features.onnx', data: 'good' },
      message:
        /must have an output of logits, float32 \[batch, classes, height, width\], got mean_pooled .*--head segmentation/,
    },
    {
      what: 'an output that is not there',
      ...{ model: 'fixed.onnx', data: 'good', args: ['--output', 'logit'], message: /Did you mean "logits"/ },
    },
    {
      what: 'windows that the model does not take',
      ...{ model: 'fixed.onnx', data: 'good', args: ['--crop', '32'], message: /--crop: must be 16/ },
    },
    {
      what: 'windows with gaps',
      ...{ model: 'fixed.onnx', data: 'good', args: ['--stride', '17'], message: /--stride: must be at most .*\(16\)/ },
    },
    { what: 'a mode that is none', model: 'fixed.onnx', data: 'good', args: ['--mode', 'half'], message: /"half"/ },
    {
      what: 'a split that is none',
      model: 'fixed.onnx',
      data: 'good',
      args: ['--split', 'val'],
      message: /without splits/,
    },
    {
      what: 'a label that is no class',
      ...{ model: 'fixed.onnx', data: 'stray' },
      message: /annotations\/c\.png": every label must be 0 … 1 .*, got 7 at column 6, row 1/,
    },
    {
      what: 'a mask of another size',
      ...{ model: 'fixed.onnx', data: 'larger' },
      message: /c\.png": must be as large as its image .*\(24×20\), got 20×20/,
    },
    {
      what: 'a checkpoint that is missing',
      ...{ model: 'fixed.onnx', data: 'good', args: ['--checkpoint', 'none'], message: /none: no such file/ },
    },
  ])('ends with one line and exit code 2 for $what', async ({ model, data, message, ...rest }) => {
    const args = 'args' in rest ? rest.args : [];
    const { code, stdout, stderr } = await evaluate(model, data, '--report', at('never.html'), ...args);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect({ code, stdout, written: existsSync(at('never.html')) }).toEqual({ code: 2, stdout: '', written: false });
  });
});
