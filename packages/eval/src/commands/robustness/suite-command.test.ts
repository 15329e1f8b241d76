import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { traceToOnnx } from '@mfm/onnx';
import type { SuiteDocument } from '@mfm/robustness';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { runEvalHere } from '../../testing/run-eval.ts';

const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const WNIDS = ['n01440764', 'n01443537'];
let folder: string;
const at = (...names: string[]) => join(folder, ...names);

/** A classifier of 32 px: `classes` scores, of which each is the mean of one column, the columns taken from `first` on. */
async function writeModel(name: string, classes: number, first: number): Promise<void> {
  const run = ({ pixel_values }: Record<string, tf.Tensor>) => {
    const columns = tf.slice(tf.mean(pixel_values!, [1, 2]), [0, first], [4, 10]);
    return { logits: tf.concat([columns, tf.fill([4, classes - 10], -9)], 1) };
  };
  await writeFile(at(name), traceToOnnx(run, { pixel_values: { shape: [4, 3, 32, 32] } }));
}

/** Head of numpy's format, version 1. */
function npyHeader(descr: string, shape: readonly number[]): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const header = `${text.padEnd(64 * Math.ceil((text.length + 11) / 64) - 11)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(header, 'latin1')]);
}

/** ImageNet-C of two classes, two corruptions, one severity; a picture has a bright column of its class. */
async function writeImagenetC(): Promise<void> {
  for (const corruption of ['noise/gaussian_noise', 'fog']) {
    for (const [label, wnid] of WNIDS.entries()) {
      const dir = at('imagenet-c', corruption, '3', wnid);
      await mkdir(dir, { recursive: true });
      for (let image = 0; image < 3; image++) {
        const pixels = new Uint8Array(224 * 224 * 3).fill(60);
        // The middle 32 px are seen. Of one picture of each class the bright column is the other class's.
        const column = 96 + (image === 2 ? 1 - label : label);
        for (let y = 0; y < 224; y++) pixels.fill(250, (y * 224 + column) * 3, (y * 224 + column + 1) * 3);
        await sharp(pixels, { raw: { width: 224, height: 224, channels: 3 } })
          .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
          .toFile(join(dir, `ILSVRC2012_val_0000000${image}.JPEG`));
      }
    }
  }
}

/** CIFAR-10-C of one corruption: the first four severities, which are not looked at, are a hole in the file. */
async function writeCifarC(): Promise<void> {
  await mkdir(at('cifar10-c'));
  const images = new Uint8Array(10_000 * 32 * 32 * 3);
  for (let i = 0; i < 10_000; i++) {
    for (let y = 0; y < 32; y++)
      images.fill(200, (i * 1024 + y * 32 + (i % 10)) * 3, (i * 1024 + y * 32 + (i % 10) + 1) * 3);
  }
  const header = npyHeader('|u1', [50_000, 32, 32, 3]);
  const file = await open(at('cifar10-c', 'fog.npy'), 'w');
  await file.write(header);
  await file.write(images, 0, images.length, header.length + 4 * images.length);
  await file.close();
  const labels = Uint8Array.from({ length: 50_000 }, (_, i) => i % 10);
  await writeFile(at('cifar10-c', 'labels.npy'), Buffer.concat([npyHeader('|u1', [50_000]), labels]));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-suite-'));
  await writeModel('thousand.onnx', 1000, 0);
  await writeModel('ten.onnx', 10, 0);
  await writeModel('shifted.onnx', 10, 3);
  await Promise.all([writeImagenetC(), writeCifarC()]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const robustness = (...args: string[]) =>
  runEvalHere('robustness', '--bootstrap', '0', '--workers', '0', '--json', ...args);

describe('pnpm eval robustness', () => {
  it('compares several models on the same images, and takes up kept outcomes', async () => {
    const args = ['--data', 'synthetic:100', '--corruptions', 'contrast', '--severities', '2,5', '--test-limit', '20'];
    const models = [at('ten.onnx'), at('shifted.onnx')];
    const results = at('results');
    // As a user calls it; the others of this file run in the test's process.
    const command = [
      CLI,
      'robustness',
      '--model',
      ...models,
      ...args,
      '--bootstrap',
      '0',
      '--json',
      '--results',
      results,
    ];
    const { stdout, status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
    expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
    const document = JSON.parse(stdout) as SuiteDocument;
    expect(document.models.map(({ name, tests }) => [name, tests.map(({ id, images }) => [id, images])])).toEqual(
      ['ten', 'shifted'].map((name) => [
        name,
        ['clean', 'corruption/contrast/2', 'corruption/contrast/5'].map((id) => [id, 20]),
      ]),
    );
    expect(document.comparisons?.length).toBeGreaterThan(0);
    const kept = (await readdir(results, { recursive: true })).length;
    const again = await robustness('--model', ...models, ...args, '--results', results);
    expect(again.code).toBe(0);
    expect((JSON.parse(again.stdout) as SuiteDocument).models).toEqual(document.models);
    expect((await readdir(results, { recursive: true })).length).toBe(kept);
  });

  it('reads ImageNet-C as published and prints the row of papers', async () => {
    const model = ['--model', at('thousand.onnx'), '--imagenet-c', at('imagenet-c'), '--severities', '3'];
    const { stdout, code } = await robustness(...model);
    expect(code).toBe(0);
    const [{ tests, corruptions }] = (JSON.parse(stdout) as SuiteDocument).models as [SuiteDocument['models'][number]];
    const found = tests.map(({ id, top1, images }) => [id, images, top1]);
    expect(found).toEqual([
      ['imagenet-c/gaussian_noise/3', 6, expect.closeTo(4 / 6, 6)],
      ['imagenet-c/fog/3', 6, expect.closeTo(4 / 6, 6)],
    ]);
    // A third of error over AlexNet's at severity 3.
    const mCE = (1 / 3 / 0.93554 + 1 / 3 / 0.84378) / 2;
    expect(corruptions['imagenet-c']!.errors).toMatchObject({ mCE: expect.closeTo(mCE, 9), partial: true });
    const table = await runEvalHere('robustness', '--bootstrap', '0', '--workers', '0', ...model, '--suite', 'paper');
    expect(table.stdout).toMatch(new RegExp(`thousand .*${(100 * mCE).toFixed(2)}`));
    expect(table.stdout).toContain('not all 15 corruptions');
  });

  it('reads CIFAR-10-C, the severity asked for', async () => {
    const { stdout, code } = await robustness(
      ...['--model', at('ten.onnx'), at('shifted.onnx'), '--cifar10-c', at('cifar10-c'), '--severities', '5'],
      ...['--test-limit', '50'],
    );
    expect(code).toBe(0);
    const { models } = JSON.parse(stdout) as SuiteDocument;
    expect(models.map(({ tests }) => tests.map(({ id, images }) => [id, images]))).toEqual([
      [['cifar10-c/fog/5', 50]],
      [['cifar10-c/fog/5', 50]],
    ]);
    const [ten, shifted] = models.map(({ tests }) => tests[0]!.top1);
    expect(ten).toBe(1);
    expect(shifted).toBeLessThan(0.5);
  });
});
