import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '@mfm/cli';
import { traceToOnnx } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import type { ProcessUsage } from './usage-at-exit.ts';

/** What a linear probe on so many images took. */
export interface FeaturesBench {
  readonly images: number;
  /** Size of the training features: what would be in memory if they were held. */
  readonly featureMegabytes: number;
  /** Most memory that the command ever had (VmHWM). */
  readonly peakMegabytes: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const MEGABYTE = 2 ** 20;
/** Larger than synthetic images that a data set keeps in memory: these are generated when they are read. */
const SIDE = 66;
const CELLS = 11;
const DIM = 3 * CELLS * CELLS;
const BATCH = 32;
const TEST_IMAGES = 1000;

/** A model that costs next to nothing: mean colours of 6 × 6 px. */
function tinyModel(): Uint8Array {
  const cell = SIDE / CELLS;
  const run = ({ pixel_values }: Record<string, tf.Tensor>) => {
    const cells = tf.reshape(pixel_values!, [BATCH, 3, CELLS, cell, CELLS, cell]);
    return { mean_pooled: tf.reshape(tf.mean(cells, [3, 5]), [BATCH, DIM]) };
  };
  return traceToOnnx(run, { pixel_values: { shape: [BATCH, 3, SIDE, SIDE] } });
}

const cli = join(dirname(createRequire(import.meta.url).resolve('@mfm/eval')), 'cli.js');
const preload = fileURLToPath(new URL('usage-at-exit.js', import.meta.url));

/**
 * Runs `pnpm eval linear` on synthetic images in a process of its own: features are extracted into a file, then read block by block in every evaluation of
 * the loss.
 *
 * @throws UserError when the command fails
 */
export async function benchFeatures(images: number): Promise<FeaturesBench> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-features-'));
  try {
    const [model, usageFile] = [join(folder, 'model.onnx'), join(folder, 'usage.json')];
    await writeFile(model, tinyModel());
    const args = ['linear', '--model', model, '--data', `synthetic:${images}`, '--test-limit', `${TEST_IMAGES}`];
    const began = performance.now();
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', preload, cli, ...args, '--no-cache', '--weight-decays', '0.01', '--json'],
      { encoding: 'utf8', env: { ...process.env, MFM_USAGE_FILE: usageFile } },
    );
    const seconds = (performance.now() - began) / 1000;
    if (status !== 0) throw new UserError(`bench features: the probe on ${images} images must succeed, got: ${stderr}`);
    const { peakMegabytes, cpuSeconds } = JSON.parse(await readFile(usageFile, 'utf8')) as ProcessUsage;
    return { images, featureMegabytes: (images * DIM * 4) / MEGABYTE, peakMegabytes, seconds, cpuSeconds };
  } finally {
    await rm(folder, { recursive: true });
  }
}
