import { describe, expect, it } from '@jest/globals';
import { openSession } from '@mfm/onnx';
import { exportModel, type ModelWithParameters } from '../export-model.ts';
import { initialModel } from '../model-source.ts';
import { TINY_CLASSIFIERS, TINY_PRETEXTS } from '../testing/tiny-models.ts';

const [, vit] = TINY_PRETEXTS.find(([name]) => name === 'ViT')!;
const images = Float32Array.from({ length: 2 * 3 * 16 * 16 }, (_, i) => Math.sin(i * 0.7));

async function run(model: ModelWithParameters, blocks?: number) {
  const { bytes } = await exportModel(model, { blocks });
  const session = await openSession(bytes);
  const result = await session.run({ pixel_values: { type: 'float32', dims: [2, 3, 16, 16], data: images } });
  await session.close();
  const entries = Object.entries(result).map(([name, { data }]) => [name, data as Float32Array] as const);
  return Object.fromEntries(entries);
}

describe('the head features with blocks', () => {
  it('gives the normalised tokens behind each of the last blocks, as a model that ends there would', async () => {
    const model = initialModel<ModelWithParameters['config']>(vit, 3);
    const both = await run(model, 2);
    const { encoder } = vit;
    const shallow = { ...vit, encoder: { ...encoder, depth: 1 } } as typeof vit;
    const names = initialModel(shallow, 3).parameters;
    const parameters = Object.fromEntries(Object.keys(names).map((name) => [name, model.parameters[name]!]));
    const first = await run({ ...model, config: shallow, parameters });
    for (const token of ['cls_token', 'mean_pooled']) {
      expect(both[`${token}_block_1`]!).toBeAllclose(first[token]!);
      expect(both[`${token}_block_2`]!).toBeAllclose(both[token]!);
      expect(both[`${token}_block_1`]!).not.toBeAllclose(both[token]!);
    }
    expect(Object.keys(await run(model, 1)).filter((name) => name.includes('block'))).toEqual([
      ...['cls_token_block_2', 'mean_pooled_block_2'],
    ]);
  });

  it('is refused where there are no such blocks', async () => {
    const model = initialModel<ModelWithParameters['config']>(vit, 3);
    await expect(exportModel(model, { blocks: 3 })).rejects.toThrow(
      "--blocks: must be from 1 to the model's 2 blocks, got 3.",
    );
    await expect(exportModel(model, { blocks: 1, head: 'reconstruction' })).rejects.toThrow(
      '--blocks: is for --head features, got "reconstruction".',
    );
    const [, resnet] = TINY_CLASSIFIERS.find(([name]) => name === 'ResNet')!;
    await expect(exportModel(initialModel<ModelWithParameters['config']>(resnet, 3), { blocks: 1 })).rejects.toThrow(
      '--blocks: is for the features of a ViT, this model has none.',
    );
  });
});
