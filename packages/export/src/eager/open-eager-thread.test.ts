import { expect, it } from '@jest/globals';
import { buildModel } from '../built-model.ts';
import { HEADS } from '../heads/head-table.ts';
import { initialModel } from '../model-source.ts';
import { probeInputs, repeatImages } from '../probe/probe-inputs.ts';
import { TINY_PRETEXTS } from '../testing/tiny-models.ts';
import { openEagerThread } from './open-eager-thread.ts';

it('gives the training step of a batch that repeats images from the images and their count alone', async () => {
  const config = { ...Object.fromEntries(TINY_PRETEXTS).ResNet!, imageSize: 64 };
  const { parameters } = initialModel(config, 3);
  const probed = { model: buildModel(config), head: await HEADS['train-step']!.graph(), parameters };
  const feeds = probeInputs(probed, 2, 1);
  const eager = await openEagerThread({ config, headName: 'train-step', normalize: false, parameters });
  try {
    const whole = await eager.run(repeatImages(probed, feeds, 2));
    const [counted, uncounted] = [await eager.run(feeds, 2), await eager.run(feeds)];
    const names = Object.keys(whole).filter((name) => name.endsWith('running_var'));
    const difference = (other: Record<string, Float32Array>, name: string) =>
      Math.max(...whole[name]!.map((value, i) => Math.abs(value - other[name]![i]!)));
    expect(names.length).toBeGreaterThan(4);
    for (const name of ['loss', 'grad_norm', ...names]) expect(difference(counted, name)).toBeLessThan(1e-5);
    // The last plane has four pixels: of eight values or of sixteen.
    expect(Math.max(...names.map((name) => difference(uncounted, name)))).toBeGreaterThan(1e-3);
  } finally {
    await eager.close();
  }
});
