import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { traceToOnnx } from '@mfm/onnx';
import type { SuiteDocument } from '@mfm/robustness';
import * as tf from '@tensorflow/tfjs-core';
import { runEval } from '../../testing/run-eval.ts';

let folder: string;
let model: string;
let restorer: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-frequency-'));
  [model, restorer] = [join(folder, 'model.onnx'), join(folder, 'restorer.onnx')];
  // Scores by the colours of ten places: some classifier.
  const scores = ({ pixel_values }: Record<string, tf.Tensor>) => ({
    logits: tf.slice(tf.reshape(tf.mean(pixel_values!, [1, 3]), [8, 32]), [0, 0], [8, 10]),
  });
  await writeFile(model, traceToOnnx(scores, { pixel_values: { shape: [8, 3, 32, 32] } }));
  // Gives back half of every frequency: a relative error of ¼.
  const restore = ({ image, mask }: Record<string, tf.Tensor>) => ({
    corrupted: tf.mul(image!, tf.reshape(tf.mean(mask!, [1, 2]), [8, 1, 1, 1])),
    reconstruction: tf.mul(image!, 0.5),
  });
  const inputs = { image: { shape: [8, 3, 32, 32] }, mask: { shape: [8, 32, 32] } };
  await writeFile(restorer, traceToOnnx(restore, inputs));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function run(...args: string[]) {
  const all = ['robustness', '--model', model, '--corruptions', 'contrast', '--severities', '5', ...args];
  return runEval(all, join(folder, 'cache'));
}

describe('pnpm eval robustness --frequency --report', () => {
  it('measures frequencies, keeps the heat map, and writes the report', async () => {
    const [results, report] = [join(folder, 'results'), join(folder, 'report.html')];
    const { code, stdout, stderr } = await run(
      ...['--data', 'synthetic:60', '--bootstrap', '20', '--json', '--results', results, '--report', report],
      ...['--frequency', 'heatmap,low-pass,ring-error', '--filter-radii', '2,30', '--heatmap-size', '3'],
      ...['--heatmap-images', '5', '--reconstruction-model', restorer],
    );
    expect(stderr).not.toContain('Error');
    expect(code).toBe(0);
    const document = JSON.parse(stdout) as SuiteDocument;
    const { tests, heatMap } = document.models[0]!;
    const top1 = (id: string) => tests.find((test) => test.id === id)!.top1;
    // A disc that holds the whole spectrum changes nothing.
    expect(top1('low-pass/disc/30')).toBe(top1('clean'));
    expect(heatMap).toMatchObject({ size: 3, images: 5, norm: 4 });
    expect(heatMap!.errors).toHaveLength(9);
    expect(document.ringErrors![0]!.rings['low-pass'][3]!.relative).toBeCloseTo(0.25, 4);
    const kept = (await readdir(results)).find((name) => name.startsWith('heat-map-'));
    expect(await readdir(join(results, kept!))).toEqual(['row-000.json', 'row-001.json']);
    const page = await readFile(report, 'utf8');
    for (const part of ['Fourier heat maps', 'What is restored', 'What the corruptions look like', 'radius 30']) {
      expect(page).toContain(part);
    }
  });

  it.each([
    { args: ['--frequency', 'low-pass', '--imagenet-a', 'nowhere'], message: 'needs clean images, got no --data' },
    { args: ['--data', 'synthetic:40', '--frequency', 'ring-error'], message: 'must be given together' },
  ])('refuses $args in one line', async ({ args, message }) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect([code, stdout]).toEqual([2, '']);
  });
});
