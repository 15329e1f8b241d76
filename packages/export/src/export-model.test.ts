import { describe, expect, it } from '@jest/globals';
import { buildPretext, type PretextConfig } from '@mfm/models';
import { openSession, readModel, topologicalNodes } from '@mfm/onnx';
import { exportModel } from './export-model.ts';
import { HEADS } from './heads/head-table.ts';
import { initialModel } from './model-source.ts';
import { distinctParameters } from './testing/distinct-parameters.ts';

const CONFIG: PretextConfig = {
  imageSize: 16,
  encoder: {
    type: 'vit',
    patchSize: 4,
    embedDim: 24,
    depth: 2,
    numHeads: 3,
    mlpRatio: 2,
    qkvBias: true,
    positionEmbedding: 'learnt',
  },
  task: { filter: 'mfm', maskRadius1: 3, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' },
  mean: [0.4, 0.5, 0.6],
  std: [0.2, 0.25, 0.3],
};

const trained = initialModel(CONFIG, 3);

const { imageSize, encoder, mean, std } = CONFIG;
const classifier = initialModel({ imageSize, encoder, mean, std, numClasses: 5 }, 3);
const upernet = { channels: 8, poolScales: [1, 2, 3], auxiliaryChannels: 4, dropout: 0.1 };
const palette = [0, 1, 2].map((k) => [k, 100, 255 - k]);
const segmenter = initialModel(
  { imageSize, encoder, mean, std, numClasses: 3, upernet, classes: ['sky', 'tree', 'house'], palette },
  3,
);
const resnet = { type: 'resnet', block: 'basic', layers: [1, 1, 1, 1], channels: [4, 8, 8, 12], stem: 4 } as const;
const swin = { type: 'swin', patchSize: 4, embedDim: 8, depths: [2, 2], numHeads: [2, 4], windowSize: 2 } as const;

type Lengths = (string | number)[][];
const image: Lengths[number] = ['batch', 3, 16, 16];
/** Each head's inputs and outputs. */
const CONTRACTS: Record<string, { model: typeof trained | typeof classifier | typeof segmenter; lengths: Lengths }> = {
  features: {
    model: trained,
    lengths: [
      ['pixel_values', ...image],
      ['cls_token', 'batch', 24],
      ['mean_pooled', 'batch', 24],
      ['patch_tokens', 'batch', 16, 24],
    ],
  },
  reconstruction: {
    model: trained,
    lengths: [
      ['image', ...image],
      ['mask', 'batch', 16, 16],
      ['corrupted', ...image],
      ['reconstruction', ...image],
      ['spectrum_image', ...image],
      ['spectrum_corrupted', ...image],
      ['spectrum_reconstruction', ...image],
    ],
  },
  classifier: {
    model: classifier,
    lengths: [
      ['pixel_values', ...image],
      ['logits', 'batch', 5],
    ],
  },
  segmentation: {
    model: segmenter,
    lengths: [
      ['pixel_values', ...image],
      ['logits', 'batch', 3, 16, 16],
    ],
  },
};

/** Heads whose contract has a test file of its own, in heads/. */
const OTHERS = ['gradient', 'train-step'];

describe('exportModel', () => {
  it('has a contract for every head', () => {
    expect([...Object.keys(CONTRACTS), ...OTHERS].sort()).toEqual(Object.keys(HEADS).sort());
  });

  it.each(Object.entries(CONTRACTS))(
    'keeps the contract of the %s head: named tensors, only the batch open, standard operators',
    async (head, { model: exported, lengths: expected }) => {
      const { bytes, parity } = await exportModel(exported, { head });
      const { graph, opsets, irVersion, metadata } = readModel(bytes);
      expect([opsets, irVersion]).toEqual([{ '': 17 }, 8]);
      expect(JSON.parse(metadata.mean!)).toEqual(CONFIG.mean);
      expect(JSON.parse(metadata.config!)).toEqual(exported.config);
      expect(metadata).toMatchObject({
        head,
        image_size: '16',
        resize: '16',
        crop: 'center',
        interpolation: 'bicubic',
      });
      if (head === 'segmentation') expect(JSON.parse(metadata.classes!)).toEqual(['sky', 'tree', 'house']);
      const nodes = topologicalNodes(graph);
      expect(nodes.filter(({ domain }) => domain !== '')).toEqual([]);
      for (const op of ['Shape', 'Expand', 'Equal', 'Where']) expect(nodes.map((node) => node.op)).not.toContain(op);
      expect(nodes.filter(({ op }) => op === 'LayerNormalization').every(({ outputs }) => outputs.length === 1)).toBe(
        true,
      );
      expect(parity.passed).toBe(true);
      expect(parity.outputs.every(({ maxAbsolute, cosine }) => maxAbsolute < 1e-5 && cosine! > 0.999999)).toBe(true);

      const session = await openSession(bytes);
      const lengths = [...session.inputs, ...session.outputs].map(({ name, shape }) => [name, ...shape]);
      await session.close();
      expect(lengths).toEqual(expected);
    },
  );

  it.each([
    [
      'ResNet',
      { ...CONFIG, imageSize: 32, encoder: { ...resnet, layers: [...resnet.layers], channels: [...resnet.channels] } },
      4,
    ],
    ['Swin', { ...CONFIG, encoder: { ...swin, depths: [2, 2], numHeads: [2, 4], mlpRatio: 2, qkvBias: true } }, 2],
  ] satisfies [string, PretextConfig, number][])(
    'exports a %s: the maps of its stages, and its reconstruction',
    async (_, config, stages) => {
      const model = initialModel<PretextConfig>(config, 1);
      const { parity } = await exportModel(model);
      const names = parity.outputs.map(({ output }) => output);
      expect(names).toEqual(['mean_pooled', ...Array.from({ length: stages }, (_, i) => `stage_${i + 1}`)]);
      expect(parity.passed).toBe(true);
      expect((await exportModel(model, { head: 'reconstruction' })).parity.passed).toBe(true);
    },
  );

  it('takes the corrupted image where the task has no mask', async () => {
    const task = { filter: 'sr', factor: 2, target: 'normal' } as const;
    const { bytes, parity } = await exportModel(initialModel<PretextConfig>({ ...CONFIG, task }, 1), {
      head: 'reconstruction',
    });
    expect(parity.outputs.map(({ output }) => output)).toEqual([
      'reconstruction',
      'spectrum_image',
      'spectrum_reconstruction',
    ]);
    const session = await openSession(bytes);
    expect(session.inputs.map(({ name }) => name)).toEqual(['image']);
    await session.close();
  });

  it('writes a graph of one batch size where that is asked for', async () => {
    const { bytes, parity } = await exportModel(trained, { batch: 3 });
    expect(parity.batchSizes).toEqual([3]);
    const session = await openSession(bytes);
    expect([...session.inputs, ...session.outputs].map(({ shape }) => shape[0])).toEqual([3, 3, 3, 3]);
    await session.close();
    await expect(exportModel(trained, { batch: 0 })).rejects.toThrow('--batch: must be a positive integer, got 0.');
  });

  it('names the heads that a model has', async () => {
    await expect(exportModel(trained, { head: 'classifier' })).rejects.toThrow(
      /--head: "classifier" is for a classifier.*this model has features, reconstruction and train-step/,
    );
    await expect(exportModel(classifier, { head: 'reconstruction' })).rejects.toThrow(
      /this model has features, classifier and gradient/,
    );
  });

  it('gives each parameter that a head uses to the file under its PyTorch name', async () => {
    const { bytes } = await exportModel({ ...trained, parameters: distinctParameters(trained.parameters) });
    const { graph } = readModel(bytes);
    const names = new Set<string>();
    for (const { inputs } of topologicalNodes(graph)) {
      for (const value of inputs)
        if (value?.source.kind === 'constant' && value.source.name) names.add(value.source.name);
    }
    const encoder = buildPretext(CONFIG)
      .parameters.map(({ name }) => name)
      .filter((name) => name.startsWith('encoder.'));
    // What is computed from parameters alone is there as its result.
    const folded = /cls_token|pos_embed|[qv]_bias|fc1\.bias/;
    expect(encoder.filter((name) => !names.has(name) && !folded.test(name))).toEqual([]);
    expect([...names]).toEqual(
      expect.arrayContaining(['encoder.cls_token_pos_embed', 'encoder.blocks.1.attn.qkv.bias']),
    );
    expect([...names].filter((name) => name.startsWith('decoder'))).toEqual([]);
  });

  it('gives the same bytes twice, and others for another seed', async () => {
    const [a, b] = [await exportModel(trained), await exportModel(initialModel(CONFIG, 3))];
    const c = await exportModel(initialModel(CONFIG, 4));
    expect(Buffer.compare(a.bytes, b.bytes)).toBe(0);
    expect(Buffer.compare(a.bytes, c.bytes)).not.toBe(0);
  });

  it('refuses an unknown head and an operator set out of range', async () => {
    await expect(exportModel(trained, { head: 'feature' })).rejects.toThrow(
      '--head: unknown head "feature". Did you mean "features"?',
    );
    await expect(exportModel(trained, { opset: 5 })).rejects.toThrow('opset must be 13 to 23, got 5');
  });

  it('fails when the file does not compute what the eager model does', async () => {
    await expect(exportModel(trained, { tolerance: 0 })).rejects.toThrow(
      /must be within 0 of the eager model's, got .*e-/,
    );
  });
});
