import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { imagesFromPixels, normalise } from '@mfm/models';
import { traceToOnnx } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { writeProbe } from '../linear/probe-file.ts';
import { runEvalHere, runEval as runProcess } from '../testing/run-eval.ts';

let folder: string;
/** The same model, fed with bytes: it normalises them itself. */
let bytesModel: string;
/** A model whose features are colour statistics of 8 × 8 blocks: enough to tell some synthetic classes apart. */
let model: string;
let noModel: string;
let probe: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-eval-'));
  [model, bytesModel, noModel, probe] = ['model.onnx', 'bytes.onnx', 'broken.onnx', 'probe.safetensors'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  const features = (images: tf.Tensor) => {
    const mean = tf.reshape(tf.mean(tf.reshape(images, [8, 3, 4, 8, 4, 8]), [3, 5]), [8, 48]);
    return { mean_pooled: mean, patch_tokens: tf.reshape(mean, [8, 16, 3]) };
  };
  const run = ({ pixel_values }: Record<string, tf.Tensor>) => features(pixel_values!);
  await writeFile(model, traceToOnnx(run, { pixel_values: { shape: [8, 3, 32, 32] } }));
  const [mean, std] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ] as const;
  const runOnBytes = ({ pixels }: Record<string, tf.Tensor>) =>
    features(normalise(imagesFromPixels(pixels!), mean, std));
  await writeFile(bytesModel, traceToOnnx(runOnBytes, { pixels: { shape: [8, 32, 32, 3], dtype: 'uint8' } }));
  await writeFile(noModel, 'not a model');
  const classifier = { weight: new Float64Array(480), bias: new Float64Array(10), classCount: 10, dim: 48 };
  await writeProbe(probe, { classifier, classes: [], feature: 'mean_pooled', modelHash: 'f00d', weightDecay: 1 });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const runEval = (...args: string[]) => runProcess(args, join(folder, 'cache'));

const DATA = ['--data', 'synthetic:40'];
const DATA_400 = ['--data', 'synthetic:400'];

describe('pnpm eval with bad input', () => {
  const cases: { what: string; args: () => string[]; message: RegExp }[] = [
    { what: 'no sub-command that exists', args: () => ['lineer'], message: /unknown command 'lineer'.*linear/ },
    {
      what: 'a model that is missing',
      args: () => ['knn', '--model', 'none.onnx', ...DATA],
      message: /must exist, got "none.onnx"/,
    },
    { what: 'a file that is no model', args: () => ['linear', '--model', noModel, ...DATA], message: /broken\.onnx/ },
    { what: 'data that are missing', args: () => ['knn', '--model', model, '--data', 'nowhere'], message: /"nowhere"/ },
    {
      what: 'an output the model does not have, offering the nearest',
      args: () => ['knn', '--model', model, ...DATA, '--feature', 'mean_poold'],
      message: /must have the output "mean_poold", got mean_pooled \[8, 48\].*Did you mean "mean_pooled"/,
    },
    {
      what: 'an output that is not one vector per image',
      args: () => ['knn', '--model', model, ...DATA, '--feature', 'patch_tokens'],
      message: /"patch_tokens" of .* must be float32 \[batch, length\], got float32 patch_tokens \[8, 16, 3\]/,
    },
    {
      what: 'an unknown device',
      args: () => ['knn', '--model', model, ...DATA, '--device', 'cudda'],
      message: /"cudda".*"cuda"/,
    },
    {
      what: 'an unknown corruption, offering the nearest',
      args: () => ['robustness', '--model', model, ...DATA, '--corruptions', 'contrst'],
      message: /"contrst".*Did you mean "contrast"/,
    },
    {
      what: 'an unknown severity',
      args: () => ['robustness', '--model', model, ...DATA, '--severities', '1,6'],
      message: /--severities.*"6"/,
    },
    {
      what: 'a probe of another model',
      args: () => ['robustness', '--model', model, ...DATA, '--probe', probe],
      message: /--probe: must have been fitted on .*f00d/,
    },
    {
      what: 'a file that is no probe',
      args: () => ['robustness', '--model', model, ...DATA, '--probe', noModel],
      message: /broken\.onnx/,
    },
    {
      what: 'more neighbours than images',
      args: () => ['knn', '--model', model, ...DATA, '--k', '41'],
      message: /--k: must be at most .*\(40\), got 41/,
    },
    {
      what: 'a number that is none',
      args: () => ['knn', '--model', model, ...DATA, '--k', 'many'],
      message: /--k.*"many"/,
    },
    { what: 'a required option left out', args: () => ['knn', '--model', model], message: /--data/ },
  ];

  it.each(cases)('ends with one line and exit code 2 for $what', async ({ args, message }) => {
    const { code, stdout, stderr } = await runEvalHere(...args());
    expect(stderr.trimEnd()).toMatch(message);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });

  it('writes no probe when the data are bad', async () => {
    const target = join(folder, 'never.safetensors');
    expect((await runEval('linear', '--model', model, '--data', 'nowhere', '--save-probe', target)).code).toBe(2);
    expect(existsSync(target)).toBe(false);
    expect((await readdir(folder)).filter((name) => name.includes('never'))).toEqual([]);
  });
});

describe('pnpm eval', () => {
  it('saves a probe that robustness uses, and prints JSON alone on standard output', async () => {
    const target = join(folder, 'fitted.safetensors');
    const data = [...DATA_400, '--model', model, '--json'];
    const linear = JSON.parse((await runEval('linear', ...data, '--save-probe', target)).stdout);
    const rest = ['--probe', target, '--corruptions', 'contrast', '--severities', '5'];
    const robustness = JSON.parse((await runEval('robustness', ...data, ...rest)).stdout);
    expect(linear).toMatchObject({ command: 'linear', trainCount: 400, testCount: 80, converged: true });
    const ofBytes = JSON.parse((await runEval('linear', ...DATA_400, '--model', bytesModel, '--json')).stdout);
    expect(ofBytes.testAccuracy).toBe(linear.testAccuracy);
    expect(ofBytes.trainAccuracy).toBe(linear.trainAccuracy);
    // The same probe on the same clean images, through a saved file.
    const [{ tests, corruptions }] = robustness.models;
    expect(tests[0]).toMatchObject({ id: 'clean', images: 80 });
    expect(tests[0].top1).toBeCloseTo(linear.testAccuracy, 10);
    expect(tests).toHaveLength(2);
    expect(corruptions.corruption.corruptions[0].severities[0].accuracy).toBe(tests[1].top1);
  });
});
