import { describe, expect, it } from '@jest/globals';
import { buildModel } from '../built-model.ts';
import { HEADS } from '../heads/head-table.ts';
import { initialModel } from '../model-source.ts';
import { TINY_PRETEXTS } from '../testing/tiny-models.ts';
import { probeInputs, probeSamples, repeatImages, sampleSeeds } from './probe-inputs.ts';

const config = TINY_PRETEXTS[0]![1];
const { parameters } = initialModel(config, 1);
const probed = async (head: string) => ({ model: buildModel(config), head: await HEADS[head]!.graph(), parameters });

describe('probeInputs', () => {
  it('makes every image of its own seed, whatever else is in the batch', async () => {
    const subject = await probed('features');
    const [a, b] = sampleSeeds(2, 5) as [number, number];
    const two = probeInputs(subject, 2, 5).pixel_values!.data as Float32Array;
    const half = two.length / 2;
    expect(probeSamples(subject, [a]).pixel_values!.data).toEqual(two.slice(0, half));
    expect(probeSamples(subject, [b]).pixel_values!.data).toEqual(two.slice(half));
  });
});

describe('repeatImages', () => {
  it('repeats what has a batch axis, and leaves a state alone', async () => {
    const subject = await probed('train-step');
    const feeds = probeInputs(subject, 2, 1);
    const more = repeatImages(subject, feeds, 3);
    expect(more.image!.dims).toEqual([6, 3, 16, 16]);
    const [few, many] = [feeds.image!.data, more.image!.data] as Float32Array[];
    for (const copy of [0, 1, 2]) {
      expect(many!.slice(copy * few!.length, (copy + 1) * few!.length)).toEqual(few);
    }
    expect(more.mask!.dims).toEqual([6, 16, 16]);
    expect(more.lr).toBe(feeds.lr);
    expect(more['model.encoder.blocks.0.norm1.weight']).toBe(feeds['model.encoder.blocks.0.norm1.weight']);
  });
});
