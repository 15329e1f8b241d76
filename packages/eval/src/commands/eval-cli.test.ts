import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { traceToOnnx } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { writeProbe } from '../linear/probe-file.ts';

const CLI = join(process.cwd(), 'packages/eval/dist/cli.js');

let folder: string;
/** A model whose features are colour statistics of 8 × 8 blocks: enough to tell some synthetic classes apart. */
let model: string;
let noModel: string;
let probe: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-eval-'));
  [model, noModel, probe] = ['model.onnx', 'broken.onnx', 'probe.safetensors'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const bytes = traceToOnnx(
    ({ pixel_values }) => {
      const blocks = tf.reshape(pixel_values!, [8, 3, 4, 8, 4, 8]);
      const mean = tf.reshape(tf.mean(blocks, [3, 5]), [8, 48]);
      return { mean_pooled: mean, patch_tokens: tf.reshape(mean, [8, 16, 3]) };
    },
    { pixel_values: { shape: [8, 3, 32, 32] } },
  );
  await writeFile(model, bytes);
  await writeFile(noModel, 'not a model');
  const classifier = { weight: new Float64Array(480), bias: new Float64Array(10), classCount: 10, dim: 48 };
  await writeProbe(probe, { classifier, classes: [], feature: 'mean_pooled', modelHash: 'f00d', weightDecay: 1 });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function runEval(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

const DATA = ['--data', 'synthetic:40'];

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
    const { code, stdout, stderr } = await runEval(...args());
    const lines = stderr
      .trimEnd()
      .split('\n')
      .filter((line) => !/^(train|test) features \d/.test(line));
    expect(lines.join('\n')).toMatch(message);
    expect(lines).toHaveLength(1);
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
    const data = ['--data', 'synthetic:400', '--model', model, '--json'];
    const linear = JSON.parse((await runEval('linear', ...data, '--save-probe', target)).stdout);
    const rest = ['--probe', target, '--corruptions', 'contrast', '--severities', '5'];
    const robustness = JSON.parse((await runEval('robustness', ...data, ...rest)).stdout);
    expect(linear).toMatchObject({ command: 'linear', trainCount: 400, testCount: 80, converged: true });
    // The same probe on the same clean images, through a saved file.
    expect(robustness.clean.accuracy).toBeCloseTo(linear.testAccuracy, 10);
    expect(robustness.corruptions).toHaveLength(1);
    expect(robustness.images).toBe(80);
  });
});
