import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runTrain, runTrainHere } from '../testing/run-train.ts';

/** A grey PNG of one pixel, whose value is 0. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==';
/** The same with the value 131. */
const PIXEL_131 = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoBgAAhQCE1LFzoQAAAABJRU5ErkJggg==';

const preset = ['--preset', 'upernet_vit_synthetic'];
const set = (...values: string[]) => values.flatMap((value) => ['--set', value]);
/** A model of a few thousand weights. */
const TINY = set(
  ...['model.encoder.embedDim=16', 'model.encoder.depth=1', 'model.encoder.numHeads=2', 'model.imageSize=32'],
  ...['model.upernet.channels=8', 'model.upernet.auxiliaryChannels=8', 'schedule.warmupSteps=2'],
);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-seg-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('pnpm train segmentation', () => {
  it('trains from a pre-trained encoder for so many steps, measures, keeps the best', async () => {
    const pretrained = join(folder, 'mfm');
    const encoder = set('model.encoder.embedDim=16', 'model.encoder.depth=1', 'model.encoder.numHeads=2');
    await runTrain(
      ...['--preset', 'mfm_pretrain__vit_synthetic64', ...encoder, '--data', 'synthetic:32', '--epochs', '1'],
      ...['--batch-size', '8', '--threads', '1', '--out', pretrained],
    );
    const out = join(folder, 'run');
    const { code, stdout, stderr } = await runTrain(
      ...['segmentation', ...preset, ...TINY, '--checkpoint', pretrained, '--data', 'synthetic-seg:20', '--steps', '7'],
      ...['--batch-size', '4', '--threads', '1', '--workers', '1', '--out', out, '--json'],
      ...set('evaluation.everySteps=3', 'data.validation.images=2'),
    );
    // Crops of 32 px where pre-training saw 64: fixed positions are made anew. Heads and pyramid begin anew without a word.
    expect(stderr).toMatch(/encoder\. prefix removed/);
    expect(stderr).toMatch(/pos_embed: fixed, made anew/);
    expect(stderr).not.toMatch(/begun anew/);
    expect(code).toBe(0);
    const { scores, best, steps, epochs, finished } = JSON.parse(stdout);
    expect([steps, epochs, finished]).toEqual([7, 7 / 5, true]);
    expect(Object.keys(scores)).toEqual(['mIoU', 'meanAccuracy', 'pixelAccuracy']);
    expect(best.scores.mIoU).toBeGreaterThanOrEqual(scores.mIoU);
    const evaluations = (await readFile(join(out, 'evaluations.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(evaluations.map((line) => JSON.parse(line).step)).toEqual([3, 6, 7]);
    expect(await readdir(join(out, 'checkpoints'))).toContain('best.safetensors');
    const config = JSON.parse(await readFile(join(out, 'config.json'), 'utf8'));
    expect(config.model.classes).toHaveLength(7);
    expect(config.model.palette).toHaveLength(7);
  });

  it.each<[string, (out: string) => string[], RegExp]>([
    ['nothing to begin from', (out) => ['--data', 'synthetic-seg:8', '--out', out], /Pass --checkpoint/],
    [
      'a preset of fine-tuning',
      (out) => ['--preset', 'finetune__vit_cifar10', '--out', out],
      /must be of kind "segmentation".*Use pnpm train finetune/,
    ],
    [
      'steps and epochs',
      (out) => [...preset, '--steps', '3', '--epochs', '1', '--out', out],
      /--steps: .*without --epochs/,
    ],
    [
      'a longer warm-up than training',
      (out) => [...preset, '--steps', '3', '--out', out],
      /warmupSteps: must be at most steps \(3\), got 50/,
    ],
    [
      'data without masks',
      (out) => [...preset, '--data', 'synthetic', '--out', out],
      /existing path or "synthetic-seg"/,
    ],
    [
      'an encoder that does not fit',
      (out) => [...preset, ...set('model.imageSize=60'), '--data', 'synthetic-seg:8', '--out', out],
      /patchSize|imageSize/,
    ],
  ])('ends with 2 and one line, and writes nothing: %s', async (_, args, expected) => {
    const { code, stdout, stderr } = await runTrainHere('segmentation', ...args(join(folder, 'run')));
    expect(stderr).toMatch(expected);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect([code, stdout, await readdir(folder)]).toEqual([2, '', []]);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    [
      'a label that is no class',
      { 'images/a.png': PIXEL, 'annotations/a.png': PIXEL_131, 'classes.txt': 'one\ntwo' },
      /annotations\/a\.png": every label must be 0 … 1 .*, got 131 at column 0, row 0/,
    ],
    ['an image without a mask', { 'images/a.png': PIXEL, 'annotations/b.png': PIXEL }, /must have a mask.*a\.png/],
  ])('ends with 2 and one line for data with %s', async (_, files, expected) => {
    for (const [name, base64] of Object.entries(files)) {
      await mkdir(join(folder, 'data', name, '..'), { recursive: true });
      await writeFile(join(folder, 'data', name), name.endsWith('.txt') ? base64 : Buffer.from(base64, 'base64'));
    }
    const { code, stderr } = await runTrain(
      ...['segmentation', ...preset, '--data', join(folder, 'data'), '--out', join(folder, 'run')],
    );
    expect(stderr).toMatch(expected);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect([code, await readdir(folder)]).toEqual([2, ['data']]);
  });
});
