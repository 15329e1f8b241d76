import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { traceToOnnx } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

let folder: string;
let model: string;
let classifier: string;
let large: string;
let segmenter: string;
let restorer: string;

/** Writes a model that is traced from a function. */
async function write(name: string, ...program: Parameters<typeof traceToOnnx>): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, traceToOnnx(...program));
  return path;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-eval-mpi-'));
  // Colour means of 4 × 4 blocks: enough to tell some synthetic classes apart.
  const blocks = (images: tf.Tensor, side: number) =>
    tf.reshape(tf.mean(tf.reshape(images, [8, 3, 4, side / 4, 4, side / 4]), [3, 5]), [8, 48]) as tf.Tensor2D;
  const features = ({ pixel_values }: Record<string, tf.Tensor>) => ({ mean_pooled: blocks(pixel_values!, 32) });
  model = await write('model.onnx', features, { pixel_values: { shape: [8, 3, 32, 32] } });
  const scores =
    (side: number) =>
    ({ pixel_values }: Record<string, tf.Tensor>) => ({
      logits: tf.slice(blocks(pixel_values!, side), [0, 3], [8, 10]),
    });
  classifier = await write('classifier.onnx', scores(32), { pixel_values: { shape: [8, 3, 32, 32] } });
  // Images of more than 64 px are taken in batches of 32.
  large = await write('large.onnx', scores(72), { pixel_values: { shape: [8, 3, 72, 72] } });
  segmenter = await write(
    'segmenter.onnx',
    ({ pixel_values }) => {
      const colours = tf.avgPool(tf.transpose(pixel_values!, [0, 2, 3, 1]) as tf.Tensor4D, 4, 1, 'same');
      const planes = tf.transpose(colours, [0, 3, 1, 2]);
      const red = tf.slice(planes, [0, 0, 0, 0], [-1, 1, -1, -1]);
      return { logits: tf.concat([planes, tf.neg(planes), tf.mul(red, 2)], 1) };
    },
    { pixel_values: { shape: [2, 3, 32, 32] } },
  );
  restorer = await write(
    'restorer.onnx',
    ({ image, mask }) => ({
      corrupted: tf.mul(image!, tf.reshape(tf.mean(mask!, [1, 2]), [8, 1, 1, 1])),
      reconstruction: tf.mul(image!, 0.5),
    }),
    { image: { shape: [8, 3, 32, 32] }, mask: { shape: [8, 32, 32] } },
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `pnpm eval` on so many ranks, each with a cache folder that belongs to this number of ranks. */
function runEval(ranks: number, ...args: string[]): Promise<Outcome> {
  const program = [process.execPath, CLI, ...args];
  const launcher = ['mpirun', '--allow-run-as-root', '--oversubscribe', '-n', String(ranks)];
  const [command, ...rest] = ranks > 1 ? [...launcher, ...program] : program;
  const env = { ...process.env, XDG_CACHE_HOME: join(folder, `cache-${ranks}`) };
  return new Promise((resolve) => {
    execFile(command!, rest, { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

async function document(ranks: number, ...args: string[]): Promise<Record<string, unknown>> {
  const named = args.includes('--model') ? args : [...args, '--model', model];
  const { code, stdout, stderr } = await runEval(ranks, ...named, '--threads', '1', '--json');
  if (code !== 0) throw new Error(`exit code ${code}\n${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** Writes so many pictures of ten classes, some of which are no pictures. */
async function writePictures(root: string, count: number, broken: readonly number[]): Promise<string> {
  for (let i = 0; i < count; i++) {
    const path = join(root, `class-${i % 10}`, `${String(i).padStart(3, '0')}.png`);
    await mkdir(dirname(path), { recursive: true });
    const background = { r: (i * 37) % 256, g: (i * 101) % 256, b: (i * 59) % 256 };
    const picture = sharp({ create: { width: 80, height: 70, channels: 3, background } }).png();
    await writeFile(path, broken.includes(i) ? 'no picture' : await picture.toBuffer());
  }
  return root;
}

describe('evaluation on several ranks', () => {
  it('is the same kNN, from the cache the second time', async () => {
    const args = ['knn', '--data', 'synthetic:700', '--k', '5'];
    const whole = await document(1, ...args);
    // 700 and 140 images in batches of 256: three batches and one for two or three ranks.
    for (const ranks of [2, 3, 2]) expect(await document(ranks, ...args)).toEqual(whole);
    expect(await readdir(join(folder, 'cache-2', 'mfm', 'features'))).toHaveLength(2);
  });

  it('is the same linear probe, and robustness with the probe that rank 0 fits', async () => {
    const linear = ['linear', '--data', 'synthetic:700', '--weight-decays', '0.001,0.1', '--no-cache'];
    expect(await document(2, ...linear)).toEqual(await document(1, ...linear));
    const robustness = ['robustness', '--data', 'synthetic:600', '--corruptions', 'contrast,gaussian_noise'];
    robustness.push('--severities', '3', '--chunk-size', '32', '--batch-size', '16', '--bootstrap', '20');
    const [whole, shared] = [await document(1, ...robustness), await document(2, ...robustness)];
    expect(shared).toEqual(whole);
    // Each rank has kept its chunks where both find them.
    const results = join(folder, 'results');
    expect(await document(2, ...robustness, '--results', results)).toEqual(whole);
    const files = await readdir(results, { recursive: true });
    expect(files.filter((name) => name.endsWith('.outcomes'))).toHaveLength(3 * 4);
  });

  it('classifies the same, with and without images that cannot be read', async () => {
    const args = ['classify', '--model', large, '--data', 'synthetic:250'];
    const whole = await document(1, ...args);
    expect(whole).toMatchObject({ images: 50 });
    // 50 images in batches of 32: the third rank has none.
    for (const ranks of [2, 3]) expect(await document(ranks, ...args)).toEqual(whole);
    const pictures = await writePictures(join(folder, 'pictures'), 70, [3, 40, 64]);
    const skipping = ['classify', '--model', large, '--data', pictures, '--skip-bad'];
    const left = await document(1, ...skipping);
    expect(left).toMatchObject({ images: 67, leftOut: 3 });
    expect(await document(2, ...skipping)).toEqual(left);
  });

  it('segments the same, with the same examples in the report', async () => {
    const page = (ranks: number) => join(folder, `segmentation-${ranks}.html`);
    const args = (ranks: number) => [
      ...['segmentation', '--model', segmenter, '--data', 'synthetic-seg:40', '--examples', '3'],
      ...['--report', page(ranks)],
    ];
    const whole = await document(1, ...args(1));
    const pages = [await readFile(page(1), 'utf8')];
    for (const ranks of [2, 3]) {
      expect(await document(ranks, ...args(ranks))).toEqual(whole);
      pages.push(await readFile(page(ranks), 'utf8'));
    }
    expect(pages[0]!.match(/<img src="data:image\/png/g)).toHaveLength(4 * 3);
    expect(new Set(pages).size).toBe(1);
  });

  it('makes the same heat map, row by row, and the same error by ring', async () => {
    const args = ['robustness', '--model', classifier, '--data', 'synthetic:120', '--corruptions', 'none'];
    args.push('--bootstrap', '0', '--frequency', 'heatmap,ring-error', '--heatmap-size', '7', '--batch-size', '8');
    args.push('--heatmap-images', '21', '--reconstruction-model', restorer);
    const whole = await document(1, ...args);
    expect(whole).toMatchObject({ models: [{ heatMap: { size: 7, images: 21 } }], ringErrors: [{ images: 21 }] });
    expect(await document(2, ...args)).toEqual(whole);
    const results = join(folder, 'maps');
    expect(await document(3, ...args, '--results', results)).toEqual(whole);
    const rows = (await readdir(results, { recursive: true })).filter((name) => /row-\d+\.json$/.test(name));
    expect(rows).toHaveLength(4);
    // Of a job that was stopped only what is missing is made anew.
    const times = () => Promise.all(rows.map(async (name) => (await stat(join(results, name))).mtimeMs));
    const before = await times();
    await rm(join(results, rows[1]!));
    const again = await runEval(2, ...args, '--results', results, '--threads', '1', '--json');
    expect(JSON.parse(again.stdout)).toEqual(whole);
    // Rows 0 and 2 are rank 0's, 14 of the 25 frequencies.
    expect(again.stderr).toMatch(new RegExp(`heat map .*, 2 ranks ${14 * 21}/${14 * 21} `));
    expect((await times()).map((time, i) => time === before[i])).toEqual([true, false, true, true]);
  });

  it('says once what is wrong', async () => {
    for (const args of [
      ['knn', '--model', model, '--data', '/nowhere'],
      ['robustness', '--model', '/nowhere.onnx', '--data', 'synthetic:40'],
      ['knn', '--model', model, '--data', 'synthetic:40', '--k', '41'],
      ['classify', '--model', model, '--data', 'synthetic:40', '--real-labels', '/nowhere'],
      ['segmentation', '--model', segmenter, '--data', '/nowhere'],
      [
        ...['robustness', '--model', classifier, '--data', 'synthetic:40', '--frequency', 'heatmap'],
        '--heatmap-size',
        '99',
      ],
    ]) {
      const { code, stdout, stderr } = await runEval(2, ...args);
      const said = stderr.split('\n').filter((line) => /nowhere|--k: must be|size must be/.test(line));
      expect([args[0], code, stdout, said.length]).toEqual([args[0], 2, '', 1]);
    }
  });
});
