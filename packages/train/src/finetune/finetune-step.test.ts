import { describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import { buildClassifier, type ClassifierConfig, type EncoderConfig, layerDecayGroup } from '@mfm/models';
import { createEngine } from '../engine/create-engine.ts';
import type { EngineBatch } from '../engine/engine.ts';
import { initialState } from '../loop/train-state.ts';
import { buildFinetuneStep } from './finetune-step.ts';

const BATCH = 4;
const CLASSES = 5;
const EMA_DECAY = 0.9;

const VIT: EncoderConfig = {
  ...{ type: 'vit', patchSize: 4, embedDim: 16, depth: 3, numHeads: 2, mlpRatio: 2 },
  ...{ qkvBias: true, positionEmbedding: 'learnt' },
};
const RESNET: EncoderConfig = {
  type: 'resnet',
  block: 'bottleneck',
  layers: [1, 1, 1, 1],
  channels: [4, 4, 8, 8],
  stem: 4,
};
const SWIN: EncoderConfig = {
  ...{ type: 'swin', patchSize: 2, embedDim: 8, depths: [2, 1], numHeads: [1, 2], windowSize: 4, mlpRatio: 2 },
  qkvBias: true,
};

const classifierOf = (encoder: EncoderConfig, imageSize: number) => {
  const config: ClassifierConfig = {
    ...{ imageSize, encoder, numClasses: CLASSES, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
    dropPathRate: encoder.type === 'resnet' ? 0 : 0.3,
  };
  return buildClassifier(config);
};

function batchAt(step: number, imageSize: number, branches: number): EngineBatch {
  const random = createRandom(3, step);
  const images = Float32Array.from({ length: BATCH * 3 * imageSize ** 2 }, () => random.normal());
  const targets = new Float32Array(BATCH * CLASSES).fill(0.02);
  for (let n = 0; n < BATCH; n++) targets[n * CLASSES + ((n + step) % CLASSES)] = 0.92;
  const dropPath = Float32Array.from({ length: BATCH * branches }, () => (random.uniform() < 0.3 ? 0 : 1));
  return branches > 0 ? { images, targets, dropPath } : { images, targets };
}

async function train(
  kind: 'onnxruntime' | 'tfjs',
  encoder: EncoderConfig,
  imageSize: number,
  accumulationSteps: number,
  device = 'cpu',
) {
  const classifier = classifierOf(encoder, imageSize);
  const step = buildFinetuneStep({
    ...{ classifier, batchSize: BATCH, accumulationSteps },
    optimiser: {
      ...{ betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.05, clipGrad: Number.POSITIVE_INFINITY },
      group: layerDecayGroup(encoder, 0.5),
      emaDecay: EMA_DECAY,
    },
  });
  const initial = initialState(classifier.parameters, 7);
  // A last normalisation of zero would leave a ResNet's branches without gradients.
  for (const [name, data] of Object.entries(initial.parameters)) if (name.endsWith('bn3.weight')) data.fill(0.5);
  const engine = await createEngine({ kind, step, initial, accumulationSteps, device, threads: 1 });
  const metrics = [];
  for (let n = 0; n < 4; n++) {
    const batch = batchAt(n, imageSize, classifier.encoder.dropPathRates.length);
    metrics.push(
      await engine.step(
        batch,
        step.lrScales.map((factor) => 1e-3 * factor),
      ),
    );
  }
  const state = await engine.readState();
  await engine.close();
  return { metrics, state, initial, step, classifier };
}

describe('the fine-tuning step', () => {
  it.each<[string, EncoderConfig, number, number]>([
    ['ViT', VIT, 16, 1],
    ['ViT, accumulated over two batches', VIT, 16, 2],
    ['ResNet', RESNET, 32, 1],
    ['ResNet, accumulated over two batches', RESNET, 32, 2],
    ['Swin', SWIN, 16, 1],
  ])('is the same eagerly and compiled: %s', async (_, encoder, imageSize, accumulationSteps) => {
    const eager = await train('tfjs', encoder, imageSize, accumulationSteps);
    const compiled = await train('onnxruntime', encoder, imageSize, accumulationSteps);
    for (const key of ['loss', 'gradNorm'] as const) {
      const values = (run: typeof eager) => run.metrics.map((m) => m[key]);
      expect(values(compiled)).toBeAllclose(values(eager), { rtol: 1e-4, atol: 0 });
    }
    for (const field of ['parameters', 'expAvg', 'expAvgSq', 'ema'] as const) {
      for (const [name, values] of Object.entries(eager.state[field]!)) {
        const received = compiled.state[field]![name]!;
        expect([field, name, received.length]).toEqual([field, name, values.length]);
        // AdamW turns a gradient that is rounding noise into a step of up to the rate, 1e-3: near-zero gradients are left out below it.
        const moved = eager.state.expAvg[name];
        const kept = values.map((value, i) => (moved && Math.abs(moved[i]!) < 1e-6 ? received[i]! : value));
        expect(received).toBeAllclose(kept, { rtol: 1e-4, atol: 2e-5 });
      }
    }
  });

  it('trains relative position tables on the wasm backend too', async () => {
    const wasm = await train('tfjs', SWIN, 16, 1, 'wasm');
    const compiled = await train('onnxruntime', SWIN, 16, 1);
    const losses = (run: typeof wasm) => run.metrics.map(({ loss }) => loss);
    expect(losses(wasm)).toBeAllclose(losses(compiled), { rtol: 1e-4, atol: 0 });
  });

  it('has a rate for every layer, and updates running statistics on every batch', async () => {
    const { step, state, initial, classifier } = await train('onnxruntime', RESNET, 32, 2);
    expect(step.lrScales).toEqual([1, 0.5, 0.25, 0.125, 0.0625, 0.03125]);
    expect(state.step).toBe(2);
    const statistics = classifier.parameters.filter(({ statistic }) => statistic).map(({ name }) => name);
    expect(statistics).toHaveLength(2 * (1 + 4 * 4));
    for (const name of statistics) expect(state.parameters[name]).not.toEqual(initial.parameters[name]);
  });

  it('keeps the moving average of what the updates gave', async () => {
    const once = await train('onnxruntime', VIT, 16, 4);
    for (const [name, value] of Object.entries(once.state.parameters)) {
      const before = once.initial.parameters[name]!;
      const expected = value.map((now, i) => EMA_DECAY * before[i]! + (1 - EMA_DECAY) * now);
      expect(once.state.ema![name]!).toBeAllclose(expected);
    }
  });
});
