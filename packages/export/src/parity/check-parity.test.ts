import { describe, expect, it } from '@jest/globals';
import type { ClassifierConfig } from '@mfm/models';
import { encodeModel } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { buildModel } from '../built-model.ts';
import type { Subject } from '../eager/eager-outputs.ts';
import { exportModel } from '../export-model.ts';
import type { HeadGraph } from '../heads/head.ts';
import { HEADS } from '../heads/head-table.ts';
import { initialModel } from '../model-source.ts';
import { probeInputs } from '../probe/probe-inputs.ts';
import { TINY_CLASSIFIERS, TINY_PRETEXTS } from '../testing/tiny-models.ts';
import { traceHead } from '../trace-head.ts';
import { checkParity } from './check-parity.ts';

const CONFIG = Object.fromEntries(TINY_CLASSIFIERS).ViT as ClassifierConfig;
const model = buildModel(CONFIG);
const { parameters } = initialModel(CONFIG, 1);

/**
 * The "gradient" of each image is 0.1 where its first pixel is above a bound, and else −0.1: it jumps as a ReLU's does.
 *
 * @param perImage whether it is of each image, or the mean over the batch
 */
const jumpingHead = (bound: number, { scale = 1, perImage = true } = {}): HeadGraph => ({
  gradients: { of: perImage ? 'each' : 'all', includes: (output) => output === 'gradient' },
  inputs: () => ({ pixel_values: { shape: [3, 16, 16], content: 'normalized' } }),
  run(_model, _parameters, { pixel_values }) {
    const firsts = tf.slice(pixel_values!, [0, 0, 0, 0], [-1, 1, 1, 1]);
    const signs = tf.sub(tf.mul(tf.cast(tf.greater(firsts, bound), 'float32'), 0.2), 0.1);
    const slopes = tf.mul(tf.mul(signs, scale), tf.onesLike(pixel_values!));
    return { gradient: perImage ? slopes : tf.mean(slopes, 0) };
  },
});

const subjectOf = (head: HeadGraph): Subject => ({ model, headName: 'gradient', normalize: false, head, parameters });
const fileOf = (head: HeadGraph) =>
  encodeModel(traceHead(head, model, parameters), { opset: 17, target: 'standard', metadata: {} });

/** The first pixel of the check's second batch. */
const PIXEL = Number(probeInputs({ model, head: jumpingHead(0), parameters }, 2, 2).pixel_values!.data[0]);
/** Two sides of it, closer than what the images are moved by. */
const [BELOW, ABOVE] = [PIXEL - 1e-6, PIXEL + 1e-6];

describe('checkParity', () => {
  it('sees a parameter that differs', async () => {
    const config = TINY_PRETEXTS[0]![1];
    const trained = initialModel(config, 3);
    const { bytes } = await exportModel(trained);
    const changed = { ...trained.parameters };
    const weight = changed['encoder.blocks.1.mlp.fc2.weight']!;
    changed['encoder.blocks.1.mlp.fc2.weight'] = { ...weight, data: weight.data.map((value) => value * 1.5) };
    const parity = await checkParity(bytes, {
      ...{ model: buildModel(config), headName: 'features', normalize: false, head: await HEADS.features!.graph() },
      parameters: changed,
    });
    expect(parity.passed).toBe(false);
    expect(parity.outputs[0]!.maxAbsolute).toBeGreaterThan(1e-3);
  });

  it('replaces an image at which the eager model itself jumps, and no other', async () => {
    const parity = await checkParity(fileOf(jumpingHead(BELOW)), subjectOf(jumpingHead(ABOVE)));
    expect(parity).toMatchObject({ passed: true, replacedImages: 1, batchSizes: [1, 2] });
    expect(parity.outputs[0]).toMatchObject({ output: 'gradient', maxAbsolute: 0, relative: 0 });
  });

  it('replaces all images of a batch whose gradient is one', async () => {
    const [file, eager] = [BELOW, ABOVE].map((bound) => jumpingHead(bound, { perImage: false }));
    expect(await checkParity(fileOf(file!), subjectOf(eager!))).toMatchObject({ passed: true, replacedImages: 2 });
  });

  it('fails where the file jumps at another place than the eager model', async () => {
    const parity = await checkParity(fileOf(jumpingHead(PIXEL - 0.1)), subjectOf(jumpingHead(PIXEL + 0.1)));
    expect(parity).toMatchObject({ passed: false, replacedImages: 0 });
  });

  it('fails for a gradient that is wrong beside the jump as well, whichever images it is given', async () => {
    const file = fileOf(jumpingHead(BELOW, { scale: 1.002 }));
    const parity = await checkParity(file, subjectOf(jumpingHead(BELOW)));
    expect(parity.passed).toBe(false);
    expect(parity.outputs[0]!.relative).toBeCloseTo(2e-3, 5);
  });

  it('tells how many runs of the eager model are done, of those known by then', async () => {
    const calls: number[][] = [];
    const onProgress = (done: number, total: number) => calls.push([done, total]);
    const file = fileOf(jumpingHead(BELOW));
    await checkParity(file, subjectOf(jumpingHead(ABOVE)), { onProgress });
    expect(calls.map(([done]) => done)).toEqual(calls.map((_, i) => i + 1));
    expect(calls.at(-1)).toEqual([5, 5]);
  });
});
