import { describe, expect, it } from '@jest/globals';
import { buildPretext, type EncoderConfig, frequencyMask, isDecayed, type PretextConfig } from '@mfm/models';
import { localCommunicators } from '@mfm/mpi';
import { initialState } from '../loop/train-state.ts';
import { createLossWeight } from '../pretrain/loss-weight.ts';
import { buildPretrainStep } from '../pretrain/pretrain-step.ts';
import { singleRate } from '../step/parameter-group.ts';
import { createEngine } from './create-engine.ts';
import type { EngineBatch, TrainState } from './engine.ts';

const SIZE = 16;
const BATCH = 4;
const STEPS = 4;

const VIT: EncoderConfig = {
  ...{ type: 'vit', patchSize: 4, embedDim: 24, depth: 2, numHeads: 3, mlpRatio: 4 },
  ...{ qkvBias: true, positionEmbedding: 'learnt' },
};
const RESNET: EncoderConfig = {
  ...{ type: 'resnet', block: 'bottleneck', layers: [1, 1, 1, 1], channels: [4, 4, 8, 8], stem: 4 },
};

const configOf = (encoder: EncoderConfig): PretextConfig => ({
  imageSize: encoder.type === 'resnet' ? 32 : SIZE,
  encoder,
  task: { filter: 'mfm', maskRadius1: 3, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' },
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
});

/** A batch that depends on `step`; low- and high-pass masks come so that parts of it have different numbers of masked frequencies. */
function batchAt(step: number, size: number) {
  const pixels = Uint8Array.from(
    { length: BATCH * size * size * 3 },
    (_, i) => 127 + 120 * Math.sin(0.05 * i + step + (i % 3)),
  );
  const low = frequencyMask(size, 3);
  const mask = Uint8Array.from({ length: BATCH * low.length }, (_, i) => {
    const image = Math.floor(i / low.length);
    return image <= step % BATCH ? low[i % low.length]! : 1 - low[i % low.length]!;
  });
  return { pixels, mask };
}

function partOf(batch: Readonly<Record<string, Uint8Array>>, rank: number, ranks: number): EngineBatch {
  const part = (data: Uint8Array) => data.slice((rank * data.length) / ranks, ((rank + 1) * data.length) / ranks);
  return Object.fromEntries(Object.entries(batch).map(([key, data]) => [key, part(data)]));
}

interface Settings {
  encoder?: EncoderConfig;
  accumulationSteps?: number;
  clipGrad?: number;
  syncBatchNorm?: boolean;
  overlapStages?: number;
  weighted?: boolean;
}

interface Outcome {
  metrics: { loss: number; gradNorm: number }[];
  state: TrainState;
}

async function train(ranks: number, settings: Settings): Promise<Outcome[]> {
  const { encoder = VIT, accumulationSteps = 1, clipGrad = 0.5, syncBatchNorm, overlapStages = 1 } = settings;
  const config = configOf(encoder);
  const model = buildPretext(config);
  const weigh = createLossWeight(config.task, config.imageSize);
  const optimiser = {
    // With the usual 1e-8, AdamW turns a gradient that is rounding noise into a step of the rate's size.
    ...{ betas: [0.9, 0.95] as const, epsilon: 1e-3, weightDecay: 0.05, clipGrad },
    ...{ group: singleRate(isDecayed), emaDecay: 0.9 },
  };
  const step = buildPretrainStep({
    ...{ model, batchSize: BATCH / ranks, accumulationSteps, optimiser },
    replicas: syncBatchNorm ? ranks : 1,
  });
  const communicators = localCommunicators(ranks);
  const trainRank = async (rank: number): Promise<Outcome> => {
    // Only rank 0's beginning counts.
    const initial = initialState(model.parameters, 7 + rank);
    for (const values of Object.values(initial.parameters)) for (const i of values.keys()) values[i]! *= 3;
    const distributed = {
      communicator: communicators[rank]!,
      lossWeight: settings.weighted === false ? () => 1 : weigh,
      ...{ bucketBytes: 1000, overlapStages },
    };
    const engine = await createEngine({
      ...{ kind: 'onnxruntime', step, initial, accumulationSteps, device: 'cpu', threads: 1 },
      ...(ranks > 1 && { distributed }),
    });
    const metrics = [];
    for (let n = 0; n < STEPS; n++) {
      metrics.push(await engine.step(partOf(batchAt(n, config.imageSize), rank, ranks), [3e-4]));
    }
    const state = await engine.readState();
    await engine.close();
    return { metrics, state };
  };
  return Promise.all(communicators.map((_, rank) => trainRank(rank)));
}

function expectSame(received: Outcome, expected: Outcome): void {
  for (const key of ['loss', 'gradNorm'] as const) {
    const values = (run: Outcome) => run.metrics.map((m) => m[key]);
    expect(values(received)).toBeAllclose(values(expected), { rtol: 1e-5, atol: 0 });
  }
  for (const field of ['parameters', 'expAvg', 'expAvgSq', 'ema'] as const) {
    for (const [name, values] of Object.entries(expected.state[field]!)) {
      expect([field, name, received.state[field]![name]?.length]).toEqual([field, name, values.length]);
      expect(received.state[field]![name]!).toBeAllclose(values, { rtol: 1e-5, atol: 1e-5 });
    }
  }
}

describe('the step on several ranks', () => {
  it.each<[string, number, Settings]>([
    ['two ranks', 2, {}],
    ['accumulated over two batches, clipped after each', 2, { accumulationSteps: 2 }],
    ['the backward pass in three parts, nothing clipped', 2, { overlapStages: 3, clipGrad: Number.POSITIVE_INFINITY }],
    ['batch statistics over all ranks', 2, { encoder: RESNET, syncBatchNorm: true }],
  ])('trains as one process does on the whole batch: %s', async (_, ranks, settings) => {
    const [[whole], outcomes] = [await train(1, settings), await train(ranks, settings)];
    for (const outcome of outcomes) expectSame(outcome, whole!);
    // Ranks make the same update of the same sums: not only nearly.
    for (const { state } of outcomes) expect(state).toEqual(outcomes[0]!.state);
    expect(whole!.metrics[0]!.gradNorm).toBeGreaterThan(0.5);
  });

  it('keeps the statistics of rank 0 where each rank takes its own', async () => {
    const outcomes = await train(2, { encoder: RESNET });
    const [[whole], [synchronised]] = [await train(1, { encoder: RESNET }), outcomes];
    const name = 'encoder.bn1.running_var';
    expect(synchronised!.state.parameters[name]).not.toEqual(whole!.state.parameters[name]);
    expect(outcomes[1]!.state).toEqual(outcomes[0]!.state);
  });

  it('without weights averages the ranks, whatever is masked in their parts', async () => {
    const [[weighted], [unweighted]] = [await train(2, {}), await train(2, { weighted: false })];
    const losses = ({ metrics }: Outcome) => metrics.map(({ loss }) => loss);
    expect(Math.abs(losses(weighted!)[0]! - losses(unweighted!)[0]!)).toBeGreaterThan(1e-3);
  });
});
