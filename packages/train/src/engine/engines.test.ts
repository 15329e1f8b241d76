import { describe, expect, it } from '@jest/globals';
import { buildPretext, frequencyMask, isDecayed, type PretextConfig, type PretextModel } from '@mfm/models';
import { initialState } from '../loop/train-state.ts';
import { buildPretrainStep } from '../pretrain/pretrain-step.ts';
import { singleRate } from '../step/parameter-group.ts';
import { createEngine, type EngineOptions } from './create-engine.ts';

const SIZE = 16;
const BATCH = 3;

const config: PretextConfig = {
  imageSize: SIZE,
  encoder: {
    type: 'vit',
    patchSize: 4,
    embedDim: 24,
    depth: 2,
    numHeads: 3,
    mlpRatio: 4,
    qkvBias: true,
    positionEmbedding: 'learnt',
  },
  task: { filter: 'mfm', maskRadius1: 3, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' },
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/** A batch that depends on `step`: smooth colours with some texture, low- and high-pass masks mixed. */
function batchAt(step: number) {
  const pixels = Uint8Array.from(
    { length: BATCH * SIZE * SIZE * 3 },
    (_, i) => 127 + 120 * Math.sin(0.05 * i + step + (i % 3)),
  );
  const low = frequencyMask(SIZE, 3);
  const mask = Uint8Array.from({ length: BATCH * low.length }, (_, i) => {
    const keptByLow = low[i % low.length]!;
    return Math.floor(i / low.length) % 2 === step % 2 ? keptByLow : 1 - keptByLow;
  });
  return { pixels, mask };
}

const stepOf = (model: PretextModel, accumulationSteps: number, clipGrad: number) =>
  buildPretrainStep({
    ...{ model, batchSize: BATCH, accumulationSteps },
    optimiser: { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.05, clipGrad, group: singleRate(isDecayed) },
  });

async function train(kind: EngineOptions['kind'], accumulationSteps: number, clipGrad: number, device = 'cpu') {
  const model = buildPretext(config);
  const initial = initialState(model.parameters, 7);
  // Larger parameters than the official initialisation's: gradients that a clip of 0.5 does cut.
  for (const values of Object.values(initial.parameters)) for (const i of values.keys()) values[i]! *= 3;
  const engine = await createEngine({
    kind,
    step: stepOf(model, accumulationSteps, clipGrad),
    initial,
    accumulationSteps,
    device,
  });
  const metrics = [];
  for (let step = 0; step < 4; step++) metrics.push(await engine.step(batchAt(step), [3e-4]));
  const state = await engine.readState();
  await engine.close();
  return { metrics, state, initial };
}

describe('the training step', () => {
  it.each([
    ['every batch', 1, 3],
    ['clipped', 1, 0.5],
    ['accumulated over two batches', 2, 0.5],
  ])('is the same eagerly and compiled: %s', async (_, accumulationSteps, clipGrad) => {
    const eager = await train('tfjs', accumulationSteps, clipGrad);
    const compiled = await train('onnxruntime', accumulationSteps, clipGrad);
    expect(compiled.state.step).toBe(4 / accumulationSteps);
    expect(eager.state.step).toBe(4 / accumulationSteps);
    for (const key of ['loss', 'gradNorm'] as const) {
      expect(compiled.metrics.map((m) => m[key])).toBeAllclose(
        eager.metrics.map((m) => m[key]),
        { rtol: 1e-5, atol: 0 },
      );
    }
    for (const field of ['parameters', 'expAvg', 'expAvgSq'] as const) {
      for (const [name, values] of Object.entries(eager.state[field])) {
        expect([field, name, compiled.state[field][name]?.length]).toEqual([field, name, values.length]);
        expect(compiled.state[field][name]!).toBeAllclose(values, { rtol: 1e-5, atol: 1e-5 });
      }
    }
    // It did train: every trainable tensor moved.
    const moved = Object.keys(eager.state.expAvg).filter((name) =>
      eager.state.parameters[name]!.some((value, i) => value !== eager.initial.parameters[name]![i]),
    );
    expect(moved.length).toBe(Object.keys(eager.state.expAvg).length);
  });

  it('is the same on the wasm backend', async () => {
    const wasm = await train('tfjs', 1, 3, 'wasm');
    const compiled = await train('onnxruntime', 1, 3);
    expect(wasm.metrics.map(({ loss }) => loss)).toBeAllclose(
      compiled.metrics.map(({ loss }) => loss),
      { atol: 0 },
    );
  });

  it('lowers the loss of a batch it sees again and again', async () => {
    const model = buildPretext(config);
    const engine = await createEngine({
      kind: 'onnxruntime',
      step: stepOf(model, 1, 3),
      initial: initialState(model.parameters, 1),
      accumulationSteps: 1,
      device: 'cpu',
      threads: 1,
    });
    const losses: number[] = [];
    for (let step = 0; step < 80; step++) losses.push((await engine.step(batchAt(0), [3e-3])).loss);
    await engine.close();
    expect(losses.at(-1)!).toBeLessThan(0.5 * losses[0]!);
  });
});
