import { describe, expect, it } from '@jest/globals';
import { buildMfm, type MfmConfig } from '@mfm/models';
import { openSession, readModel, topologicalNodes } from '@mfm/onnx';
import { exportModel } from './export-model.ts';
import { HEADS } from './head.ts';
import { initialModel } from './model-source.ts';
import { checkParity } from './parity.ts';

const CONFIG: MfmConfig = {
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

describe('exportModel', () => {
  it.each(Object.keys(HEADS))(
    'keeps the contract of the %s head: named tensors, only the batch open, standard operators',
    async (head) => {
      const { bytes, parity } = await exportModel(trained, { head });
      const { graph, opsets, irVersion, metadata } = readModel(bytes);
      expect([opsets, irVersion]).toEqual([{ '': 17 }, 8]);
      expect(JSON.parse(metadata.mean!)).toEqual(CONFIG.mean);
      expect(JSON.parse(metadata.config!)).toEqual(CONFIG);
      expect(metadata).toMatchObject({
        head,
        image_size: '16',
        resize: '16',
        crop: 'center',
        interpolation: 'bicubic',
      });
      const nodes = topologicalNodes(graph);
      expect(nodes.filter(({ domain }) => domain !== '')).toEqual([]);
      for (const op of ['Shape', 'Expand', 'Equal', 'Where']) expect(nodes.map((node) => node.op)).not.toContain(op);
      expect(nodes.filter(({ op }) => op === 'LayerNormalization').every(({ outputs }) => outputs.length === 1)).toBe(
        true,
      );
      expect(parity.passed).toBe(true);
      expect(parity.outputs.every(({ maxAbsolute, cosine }) => maxAbsolute < 1e-5 && cosine > 0.999999)).toBe(true);

      const session = await openSession(bytes);
      const lengths = [...session.inputs, ...session.outputs].map(({ name, shape }) => [name, ...shape]);
      await session.close();
      expect(lengths).toEqual(
        head === 'features'
          ? [
              ['pixel_values', 'batch', 3, 16, 16],
              ['cls_token', 'batch', 24],
              ['mean_pooled', 'batch', 24],
              ['patch_tokens', 'batch', 16, 24],
            ]
          : [
              ['image', 'batch', 3, 16, 16],
              ['mask', 'batch', 16, 16],
              ['corrupted', 'batch', 3, 16, 16],
              ['reconstruction', 'batch', 3, 16, 16],
            ],
      );
    },
  );

  it('gives each parameter that a head uses to the file under its PyTorch name', async () => {
    const { bytes } = await exportModel(trained);
    const { graph } = readModel(bytes);
    const names = new Set<string>();
    for (const { inputs } of topologicalNodes(graph)) {
      for (const value of inputs)
        if (value?.source.kind === 'constant' && value.source.name) names.add(value.source.name);
    }
    const encoder = buildMfm(CONFIG)
      .parameters.map(({ name }) => name)
      .filter((name) => name.startsWith('encoder.'));
    expect(encoder.filter((name) => !names.has(name))).toEqual([]);
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
    await expect(exportModel(trained, { opset: 5 })).rejects.toThrow('opset must be 17 to 21, got 5');
  });

  it('fails when the file does not compute what the eager model does', async () => {
    await expect(exportModel(trained, { tolerance: 0 })).rejects.toThrow(
      /must be within 0 of the eager model's, got .*e-/,
    );
  });
});

describe('checkParity', () => {
  it('sees a parameter that differs', async () => {
    const { bytes } = await exportModel(trained);
    const changed = { ...trained.parameters };
    const weight = changed['encoder.blocks.1.mlp.fc2.weight']!;
    changed['encoder.blocks.1.mlp.fc2.weight'] = { ...weight, data: weight.data.map((value) => value * 1.5) };
    const parity = await checkParity(bytes, buildMfm(CONFIG), HEADS.features!, changed);
    expect(parity.passed).toBe(false);
    expect(parity.outputs[0]!.maxAbsolute).toBeGreaterThan(1e-3);
  });
});
