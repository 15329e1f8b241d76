import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { traceToOnnx } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

let folder: string;
let model: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-eval-mpi-'));
  model = join(folder, 'model.onnx');
  // Colour means of 8 × 8 blocks: enough to tell some synthetic classes apart.
  const features = ({ pixel_values }: Record<string, tf.Tensor>) => ({
    mean_pooled: tf.reshape(tf.mean(tf.reshape(pixel_values!, [8, 3, 4, 8, 4, 8]), [3, 5]), [8, 48]),
  });
  await writeFile(model, traceToOnnx(features, { pixel_values: { shape: [8, 3, 32, 32] } }));
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
  const { code, stdout, stderr } = await runEval(ranks, ...args, '--model', model, '--threads', '1', '--json');
  if (code !== 0) throw new Error(`exit code ${code}\n${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
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

  it('says once what is wrong', async () => {
    for (const args of [
      ['knn', '--model', model, '--data', '/nowhere'],
      ['robustness', '--model', '/nowhere.onnx', '--data', 'synthetic:40'],
      ['knn', '--model', model, '--data', 'synthetic:40', '--k', '41'],
    ]) {
      const { code, stdout, stderr } = await runEval(2, ...args);
      const said = stderr.split('\n').filter((line) => /nowhere|--k: must be/.test(line));
      expect([args[0], code, stdout, said.length]).toEqual([args[0], 2, '', 1]);
    }
  });
});
