import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { scoreConformance } from './score-conformance.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'golden-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function writeMask(part: string, values: number[]): Promise<void> {
  await mkdir(join(folder, part), { recursive: true });
  const image = sharp(Uint8Array.from(values), { raw: { width: values.length, height: 1, channels: 1 } });
  await writeFile(join(folder, part, 'a.png'), await image.toColourspace('b-w').png().toBuffer());
}

const byClass = (values: Record<number, number>) => Array.from({ length: 150 }, (_, k) => values[k] ?? 0);

/** The folder's format with one image: labels 0 (none), 1, 1, 2 and predictions 3, 1, 0, 2. */
async function writeFolder(change: object = {}): Promise<void> {
  await writeMask('annotations', [0, 1, 1, 2]);
  for (const part of ['predictions', 'predictions_shifted', 'predictions_perturbed'])
    await writeMask(part, [3, 1, 0, 2]);
  const scores = {
    per_image: [{ pixel_accuracy: 2 / 3, pixel_correct: 2, pixel_labeled: 3, total_pixels: 4 }],
    ...{ pixel_accuracy: 2 / 3, mean_iou_150: 1.5 / 150, mean_iou_present: 0.75, classes_present: [1, 2] },
    iou_by_class: byClass({ 0: 0.5, 1: 1 }),
    area_intersection: byClass({ 0: 1, 1: 1 }),
    area_union: byClass({ 0: 2, 1: 1 }),
  };
  const changed = { ...scores, ...change };
  const golden = { shipped_predictions: scores, shifted_predictions: scores, perturbed_predictions: changed };
  await writeFile(join(folder, 'golden_metrics.json'), JSON.stringify(golden));
}

const statuses = async () => {
  const lines: [string, boolean][] = [];
  for await (const { name, passed } of scoreConformance(folder)) lines.push([name, passed]);
  return lines.map(([, passed]) => passed);
};

describe('scoreConformance', () => {
  it('passes equal numbers, also with predictions of no class', async () => {
    await writeFolder();
    expect(await statuses()).toEqual([true, true, true]);
  });

  it.each([
    ['a pixel', { area_intersection: byClass({ 0: 1, 1: 2 }) }],
    ['a mean', { mean_iou_present: 0.75 + 1e-9 }],
    ['a class', { classes_present: [1] }],
    ['a number that is not there', { pixel_accuracy: undefined }],
  ])('fails for %s', async (_, change) => {
    await writeFolder(change);
    expect(await statuses()).toEqual([true, true, false]);
  });

  it('names what a folder lacks', async () => {
    await expect(statuses()).rejects.toThrow(/must have a readable golden_metrics\.json/);
  });
});
