import { describe, expect, it } from '@jest/globals';
import { openDataset } from '../dataset/open-dataset.ts';
import { createRandom } from '../random/random.ts';
import { noiseFields } from './noise-field.ts';

const pixels = async (spec: string, options: Parameters<typeof openDataset>[1], index: number) =>
  new Uint8Array((await (await openDataset(spec, options)).read(index)).pixels);

describe('noiseFields', () => {
  it('has mean 0, variance 1 and amplitude falling as 1/f', () => {
    const size = 64;
    const power = new Map<number, number>();
    // Power of the first row's k-th horizontal wave, averaged over fields and rows.
    for (let i = 0; i < 8; i++) {
      for (const field of noiseFields(size, createRandom(i))) {
        expect(Math.abs(field.reduce((a, b) => a + b, 0))).toBeLessThan(1e-2);
        expect(field.reduce((a, b) => a + b * b, 0) / size ** 2).toBeCloseTo(1, 4);
        for (const k of [2, 4, 8, 16]) {
          let [re, im] = [0, 0];
          for (let p = 0; p < size * size; p++) {
            re += field[p]! * Math.cos((2 * Math.PI * k * (p % size)) / size);
            im += field[p]! * Math.sin((2 * Math.PI * k * (p % size)) / size);
          }
          power.set(k, (power.get(k) ?? 0) + re * re + im * im);
        }
      }
    }
    // Power falls as 1/f²: by 4 per octave, 64 over three; 16 exponential draws each leave a factor of about 2.
    const ratio = power.get(2)! / power.get(16)!;
    expect(ratio).toBeGreaterThan(20);
    expect(ratio).toBeLessThan(200);
  });
});

describe('the synthetic data set', () => {
  it('is balanced over ten classes, with a test split a fifth as long', async () => {
    const train = await openDataset('synthetic:50');
    expect(train).toMatchObject({ length: 50, split: 'train', inMemory: true });
    expect(train.classes).toHaveLength(10);
    expect([...train.labels].filter((label) => label === 3)).toHaveLength(5);
    expect(await openDataset('synthetic:50', { split: 'test' })).toMatchObject({ length: 10, split: 'test' });
  });

  it('is a function of seed, split and index, not of length', async () => {
    const first = await pixels('synthetic:20', {}, 7);
    expect(await pixels('synthetic:30', {}, 7)).toEqual(first);
    expect(await pixels('synthetic:20', { seed: 1 }, 7)).not.toEqual(first);
    expect(await pixels('synthetic:40', { split: 'test' }, 7)).not.toEqual(first);
    expect(await pixels('synthetic:20', {}, 17)).not.toEqual(first);
  });

  it('makes large images when they are read', async () => {
    const dataset = await openDataset('synthetic:1000000', { imageSize: 96 });
    expect(dataset.inMemory).toBe(false);
    const image = await dataset.read(999_999);
    expect(image).toMatchObject({ width: 96, height: 96 });
    // Neither flat nor clipped: most values lie inside the range.
    const inside = image.pixels.filter((value) => value > 0 && value < 255).length;
    expect(inside / image.pixels.length).toBeGreaterThan(0.5);
    expect(new Set(image.pixels).size).toBeGreaterThan(40);
  });

  it('cannot be told apart by mean colour', async () => {
    const dataset = await openDataset('synthetic:500');
    const sums = new Float64Array(10);
    for (let i = 0; i < dataset.length; i++) {
      const image = await dataset.read(i);
      sums[dataset.label(i)]! += image.pixels.reduce((a, b) => a + b, 0) / image.pixels.length / 50;
    }
    // Images' means spread by about 40: a mean of 50 has a standard error of 6, and ten of them a range of about 17.
    expect(Math.max(...sums) - Math.min(...sums)).toBeLessThan(30);
  });

  it('refuses impossible requests', async () => {
    await expect(openDataset('synthetic:many')).rejects.toThrow('a positive number of images, got "many"');
    await expect(openDataset('synthetic:0')).rejects.toThrow('got "0"');
    await expect(openDataset('synthetic:10', { split: 'tset' })).rejects.toThrow('Did you mean "test"');
    await expect(openDataset('synthetic:10', { imageSize: 4 })).rejects.toThrow('at least 8, got 4');
  });
});
