import { describe, expect, it } from '@jest/globals';
import { buildPretext, frequencyMask, isDecayed, type PretextConfig } from '@mfm/models';
import { type HostTensors, openSession, readModel, topologicalNodes } from '@mfm/onnx';
import { buildPretrainStep, createEngine, initialState, singleRate, type TrainState } from '@mfm/train';
import { buildModel } from '../built-model.ts';
import { exportModel, type ModelWithParameters } from '../export-model.ts';
import { initialModel } from '../model-source.ts';
import { enlarged, TINY_PRETEXTS } from '../testing/tiny-models.ts';
import { HEADS } from './head-table.ts';

const BATCH = 3;
const RATES = [1e-3, 2e-3, 1e-3, 5e-4];
/** The ViT's positions are fixed, so that a part of the parameters is no state. */
const CONFIGS = TINY_PRETEXTS.map(([name, config]): [string, PretextConfig] => {
  const { encoder } = config;
  return [name, encoder.type === 'vit' ? { ...config, encoder: { ...encoder, positionEmbedding: 'sincos' } } : config];
});
const VIT = CONFIGS[0]![1];

/** Pixels and masks of a batch that depends on `step`. */
function batchAt(step: number, size: number) {
  const pixels = Uint8Array.from(
    { length: BATCH * size * size * 3 },
    (_, i) => 127 + 60 * Math.sin(0.05 * i + step + (i % 3)) + 60 * Math.sin(i * i + step),
  );
  const low = frequencyMask(size, 3);
  const mask = Uint8Array.from({ length: BATCH * low.length }, (_, i) => {
    const keptByLow = low[i % low.length]!;
    return Math.floor(i / low.length) % 2 === step % 2 ? keptByLow : 1 - keptByLow;
  });
  return { pixels, mask };
}

/** [N, H, W, 3] of bytes → [N, 3, H, W] in [0, 1]. */
function toImages(pixels: Uint8Array, size: number): Float32Array {
  const plane = size * size;
  return Float32Array.from({ length: pixels.length }, (_, i) => {
    const [image, channel, at] = [Math.floor(i / (3 * plane)), Math.floor(i / plane) % 3, i % plane];
    return pixels[(image * plane + at) * 3 + channel]! / 255;
  });
}

const float = (dims: readonly number[], data: Float32Array) => ({ type: 'float32' as const, dims, data });

/** Steps through the file alone, as any program would: `next.<name>` becomes `<name>`. */
async function stepFile(bytes: Uint8Array, model: ModelWithParameters) {
  const session = await openSession(bytes);
  const size = model.config.imageSize;
  const names: string[] = JSON.parse(session.metadata.state!);
  let state: HostTensors = Object.fromEntries(
    session.inputs
      .filter(({ name }) => names.includes(name))
      .map(({ name, shape }) => {
        const dims = shape as number[];
        const initial = model.parameters[name.slice('model.'.length)]?.data;
        return [name, float(dims, initial ?? new Float32Array(dims.reduce((product, length) => product * length, 1)))];
      }),
  );
  const metrics = [];
  for (const [index, lr] of RATES.entries()) {
    const { pixels, mask } = batchAt(index, size);
    const results = await session.run({
      image: float([BATCH, 3, size, size], toImages(pixels, size)),
      mask: float([BATCH, size, size], Float32Array.from(mask)),
      lr: float([], Float32Array.of(lr)),
      step: float([], Float32Array.of(index + 1)),
      ...state,
    });
    metrics.push({ loss: results.loss!.data[0] as number, gradNorm: results.grad_norm!.data[0] as number });
    state = Object.fromEntries(names.map((name) => [name, results[`next.${name}`]!]));
  }
  await session.close();
  return { metrics, state };
}

/** The same steps by the engine of `pnpm train`. */
async function stepEngine(config: PretextConfig, parameters: Record<string, Float32Array>) {
  const model = buildPretext(config);
  const step = buildPretrainStep({
    ...{ model, batchSize: BATCH, accumulationSteps: 1 },
    optimiser: { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.05, clipGrad: 3, group: singleRate(isDecayed) },
  });
  const initial = initialState(model.parameters, 0, parameters);
  const engine = await createEngine({ kind: 'onnxruntime', step, initial, accumulationSteps: 1, device: 'cpu' });
  const metrics = [];
  for (const [index, lr] of RATES.entries()) metrics.push(await engine.step(batchAt(index, config.imageSize), [lr]));
  const state = await engine.readState();
  await engine.close();
  return { metrics, state };
}

const FIELDS = { model: 'parameters', 'optimizer.exp_avg': 'expAvg', 'optimizer.exp_avg_sq': 'expAvgSq' } as const;

describe('the train-step head', () => {
  it.each(CONFIGS)('steps a %s as the engine of pnpm train does', async (_, config) => {
    // The gradient is clipped in some steps, and its parts are not rounding noise.
    const model = enlarged(initialModel(config, 5));
    const { bytes } = await exportModel(model, { head: 'train-step', batch: BATCH });
    const ofFile = await stepFile(bytes, model);
    const arrays = Object.entries(model.parameters).map(([name, { data }]) => [name, data] as const);
    const ofEngine = await stepEngine(config, Object.fromEntries(arrays));
    for (const key of ['loss', 'gradNorm'] as const) {
      expect(ofFile.metrics.map((m) => m[key])).toBeAllclose(
        ofEngine.metrics.map((m) => m[key]),
        { rtol: 1e-5, atol: 0 },
      );
    }
    const compared = Object.entries(FIELDS).flatMap(([prefix, field]) => {
      const expected = Object.entries(ofEngine.state[field as keyof TrainState] as Record<string, Float32Array>);
      return expected
        .filter(([name]) => !name.endsWith('pos_embed'))
        .map(([name, values]) => {
          const key = `${prefix}.${name}`;
          // Rounding differs between the engine's operators and standard ones.
          expect(withoutKeyBias(key, ofFile.state[key]!.data as Float32Array)).toBeAllclose(
            withoutKeyBias(key, values),
            { rtol: 1e-5, atol: 1e-5 },
          );
          return key;
        });
    });
    expect(compared).toEqual(Object.keys(ofFile.state));
    // It did train, and running statistics ran.
    const moved = Object.keys(model.parameters).filter((name) =>
      ofFile.state[`model.${name}`]?.data.some((value, i) => value !== model.parameters[name]!.data[i]),
    );
    expect(moved).toEqual(Object.keys(model.parameters).filter((name) => !name.endsWith('pos_embed')));
  });

  it('is checked as a whole on as few images, repeated, as show the same', async () => {
    const { parity } = await exportModel(enlarged(initialModel(VIT, 3)), { head: 'train-step', batch: 4 });
    expect(parity).toMatchObject({ batchSizes: [4], passed: true });
    const { differentImages } = await HEADS['train-step']!.graph();
    const imagesOf = (config: PretextConfig, batch: number) => differentImages!(buildModel(config), batch);
    expect([1, 4, 7, 9].map((batch) => imagesOf(VIT, batch))).toEqual([1, 2, 7, 3]);
    // Statistics of a ResNet's last plane are over 16 values at least.
    const resnet = (imageSize: number) => ({ ...Object.fromEntries(CONFIGS).ResNet!, imageSize });
    expect([imagesOf(resnet(32), 8), imagesOf(resnet(32), 32), imagesOf(resnet(64), 8)]).toEqual([8, 16, 4]);
    expect([imagesOf(resnet(128), 8), imagesOf(resnet(224), 8)]).toEqual([2, 2]);
  });

  it('says how it trains, and what its state is', async () => {
    const model = initialModel(VIT, 1, { betas: [0.8, 0.9], epsilon: 1e-6, weightDecay: 0.1, clipGrad: null });
    const { bytes, parity } = await exportModel(model, { head: 'train-step', batch: 2 });
    expect(parity).toMatchObject({ batchSizes: [2], passed: true });
    const { metadata, graph } = readModel(bytes);
    expect(metadata).toMatchObject({ batch_size: '2', betas: '[0.8,0.9]', epsilon: '0.000001', weight_decay: '0.1' });
    expect(metadata.clip_grad).toBe('null');
    const inputs = graph.inputs.map(({ source }) => (source.kind === 'input' ? source.name : ''));
    const state: string[] = JSON.parse(metadata.state!);
    expect(inputs).toEqual(['image', 'mask', 'lr', 'step', ...state]);
    const others = ['loss', 'grad_norm', 'corrupted', 'reconstruction'];
    expect(graph.outputs.map(({ name }) => name).sort()).toEqual(
      [...state.map((name) => `next.${name}`), ...others].sort(),
    );
    // The reconstruction is the loss's own: with it the graph has hardly more operators.
    const withIt = topologicalNodes(graph).length;
    const without = topologicalNodes({
      ...graph,
      outputs: graph.outputs.filter(({ name }) => name !== 'reconstruction'),
    });
    expect(withIt - without.length).toBeLessThanOrEqual(3);
  });
});

/** AdamW makes full steps of rounding noise where the gradient is mathematically zero: a Swin's bias of keys, which softmax takes out. */
function withoutKeyBias(key: string, values: Float32Array): Float32Array {
  const third = values.length / 3;
  return key.endsWith('attn.qkv.bias') ? values.filter((_, i) => i < third || i >= 2 * third) : values;
}
