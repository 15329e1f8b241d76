import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { resolveConfig } from '../config/resolve-config.ts';
import { PRESETS } from '../presets/presets.ts';
import { writeRunConfig } from '../run-directory/run-directory.ts';
import { runTrain, runTrainHere } from '../testing/run-train.ts';

/** A grey PNG of one pixel. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==';

const preset = ['--preset', 'mfm_pretrain__vit_quickstart'];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-cli-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('pnpm train', () => {
  it('lists the presets', async () => {
    const { code, stdout } = await runTrain('--list-presets');
    expect(code).toBe(0);
    for (const { name } of PRESETS) expect(stdout).toContain(name);
    const json = await runTrain('--list-presets', '--json');
    expect(JSON.parse(json.stdout)).toHaveLength(PRESETS.length);
  });

  it('ends its process with code 2 and one line for an option it does not know', async () => {
    const { code, stdout, stderr } = await runTrain(...preset, '--epoch', '3');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^train: unknown option '--epoch'[^\n]*--epochs[^\n]*\n$/);
  });

  it.each<[string, (out: string) => string[], RegExp]>([
    ['no preset', (out) => ['--out', out], /--preset/],
    ['no preset and no folder', () => [], /--out/],
    [
      'an unknown preset',
      (out) => ['--preset', 'vit_quickstart', '--out', out],
      /unknown preset.*Known: mfm_pretrain__/,
    ],
    ['an unknown key', (out) => [...preset, '--out', out, '--set', 'epoch=3'], /"epoch"\. Did you mean "epochs"\?/],
    ['a rate that is none', (out) => [...preset, '--out', out, '--lr', 'high'], /--lr: must be a number above 0/],
    ['no data', (out) => ['--preset', 'mfm_pretrain__vit_cifar10', '--out', out], /Pass --data/],
    ['a missing folder of data', (out) => [...preset, '--out', out, '--data', join(out, 'none')], /existing path/],
    [
      'an unknown engine',
      (out) => [...preset, '--out', out, '--engine', 'torch'],
      /engine: .*onnxruntime.*got "torch"/,
    ],
    ['an unknown device', (out) => [...preset, '--out', out, '--device', 'cuba'], /cuba.*Known: cpu, webgpu, cuda/],
    ['too little data', (out) => [...preset, '--out', out, '--data', 'synthetic:10'], /batchSize must be at most/],
    ['nothing to resume', (out) => ['--resume', '--out', out], /--resume: must be the folder of a run/],
  ])('ends with 2 and one line, and writes nothing: %s', async (_, args, expected) => {
    const out = join(folder, 'run');
    const { code, stdout, stderr } = await runTrainHere(...args(out));
    expect(stderr).toMatch(expected);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(await readdir(folder)).toEqual([]);
  });

  // In a process of its own: what comes before it takes ten times as long under jest.
  it('ends its process with 2 and one line, and writes nothing: a model that does not fit', async () => {
    const args = [...preset, '--out', join(folder, 'run'), '--set', 'model.encoder.patchSize=5'];
    const { code, stdout, stderr } = await runTrain(...args);
    expect(stderr).toMatch(/patchSize/);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect([code, stdout, await readdir(folder)]).toEqual([2, '', []]);
  });

  it.each<[string, Record<string, string>, string[], RegExp]>([
    ['a class without images', { 'cat/a.png': PIXEL, 'dog/notes.txt': '' }, [], /dog/],
    ['an image that is none', { 'cat/a.png': PIXEL, 'dog/b.png': 'bm8gaW1hZ2U=' }, [], /b\.png/],
    ['only bad images, with --skip-bad', { 'dog/b.png': 'bm8gaW1hZ2U=' }, ['--skip-bad'], /image/],
  ])('ends with 2 and one line for data with %s', async (_, files, options, expected) => {
    const data = join(folder, 'data');
    for (const [name, base64] of Object.entries(files)) {
      await mkdir(join(data, name, '..'), { recursive: true });
      await writeFile(join(data, name), Buffer.from(base64, 'base64'));
    }
    const out = join(folder, 'run');
    const { code, stderr } = await runTrainHere(...preset, '--data', data, '--out', out, ...options);
    expect(stderr).toMatch(expected);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(code).toBe(2);
    expect(await readdir(folder)).toEqual(['data']);
  });

  it('leaves a run alone that is there already', async () => {
    await writeRunConfig(folder, await resolveConfig({ preset: preset[1] }));
    const before = await readFile(join(folder, 'config.json'), 'utf8');
    const { code, stderr } = await runTrainHere(...preset, '--epochs', '1', '--out', folder);
    expect(code).toBe(2);
    expect(stderr).toMatch(/holds|without a run.*--resume/);
    expect(await readFile(join(folder, 'config.json'), 'utf8')).toBe(before);
    expect(await readdir(folder)).toEqual(['config.json']);
  });

  it('stops when the loss is not finite, naming step, rate and checkpoint', async () => {
    const out = join(folder, 'run');
    const tiny = [
      'model.imageSize=16',
      'model.encoder.embedDim=16',
      'model.encoder.depth=1',
      'checkpoint.everySteps=1',
    ];
    const { code, stderr } = await runTrainHere(
      ...[...preset, '--data', 'synthetic:64', '--batch-size', '8', '--lr', '1e30', '--out', out],
      ...tiny.flatMap((value) => ['--set', value]),
      ...['--set', 'model.encoder.numHeads=2'],
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /must stay finite, got .* in step \d+ \(learning rate .*epoch_0000_step_0000000\d\.safetensors/,
    );
  });

  it('names a truncated checkpoint', async () => {
    await writeRunConfig(folder, await resolveConfig({ preset: preset[1] }));
    await mkdir(join(folder, 'checkpoints'));
    await writeFile(join(folder, 'checkpoints', 'epoch_0003.safetensors'), Uint8Array.of(8, 0, 0, 0));
    const { code, stderr } = await runTrain('--resume', '--out', folder);
    expect(stderr).toMatch(/epoch_0003\.safetensors/);
    expect(code).toBe(2);
    expect((await readdir(folder)).sort()).toEqual(['checkpoints', 'config.json']);
  });
});

describe('pnpm train finetune', () => {
  const tiny = [
    ...['--preset', 'finetune__vit_cifar10', '--batch-size', '8', '--epochs', '1', '--threads', '1'],
    ...['model.imageSize=16', 'model.encoder.embedDim=16', 'model.encoder.depth=1', 'model.encoder.numHeads=2'].flatMap(
      (value) => ['--set', value],
    ),
  ];

  it('trains a classifier from a pre-trained run, takes its architecture from it, and keeps the best checkpoint', async () => {
    const [pretrained, out] = [join(folder, 'pretrained'), join(folder, 'out')];
    const small = [
      'model.imageSize=16',
      'model.encoder.embedDim=16',
      'model.encoder.depth=1',
      'model.encoder.numHeads=2',
    ];
    const first = await runTrain(
      ...[
        ...preset,
        '--data',
        'synthetic:32',
        '--batch-size',
        '8',
        '--epochs',
        '1',
        '--threads',
        '1',
        '--out',
        pretrained,
      ],
      ...small.flatMap((value) => ['--set', value]),
    );
    expect(first.stderr).not.toMatch(/Error/);
    const { code, stdout, stderr } = await runTrain(
      ...[
        'finetune',
        '--checkpoint',
        pretrained,
        '--data',
        'synthetic:32',
        '--batch-size',
        '8',
        '--epochs',
        '2',
        '--json',
      ],
      ...['--set', 'schedule.warmupEpochs=0', '--threads', '1', '--out', out],
    );
    expect(stderr).toMatch(
      /encoder\. prefix removed.*\n.*begun anew: fc_norm\.weight, fc_norm\.bias, head\.weight, head\.bias/,
    );
    expect(code).toBe(0);
    const { scores, best, finished } = JSON.parse(stdout);
    expect(finished).toBe(true);
    expect(scores.top5).toBeGreaterThanOrEqual(scores.top1);
    expect(best.scores.top1).toBeGreaterThanOrEqual(scores.top1);
    expect((await readdir(join(out, 'checkpoints'))).sort()).toEqual([
      ...['best.safetensors', 'epoch_0001.safetensors', 'epoch_0002.safetensors'],
    ]);
    const config = JSON.parse(await readFile(join(out, 'config.json'), 'utf8'));
    expect(config.model.encoder).toMatchObject({ embedDim: 16, positionEmbedding: 'sincos' });
    expect(config.model.classes).toHaveLength(config.model.numClasses);
    const evaluations = (await readFile(join(out, 'evaluations.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(evaluations.map((line) => JSON.parse(line).epoch)).toEqual([1, 2]);
    // Another image size needs another grid of positions: refused, unless asked for.
    const larger = [
      ...['finetune', '--checkpoint', pretrained, '--data', 'synthetic:32', '--batch-size', '8', '--epochs', '1'],
      ...['--set', 'schedule.warmupEpochs=0', '--set', 'model.imageSize=24', '--threads', '1'],
    ];
    const refused = await runTrain(...larger, '--out', join(folder, 'refused'));
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/pos_embed must have the shape .*--resize-position-embedding/);
    const resized = await runTrain(...larger, '--resize-position-embedding', '--out', join(folder, 'resized'));
    expect(resized.stderr).not.toMatch(/Error/);
    expect(resized.code).toBe(0);
  });

  it.each<[string, (out: string) => string[], RegExp]>([
    ['nothing to begin from', (out) => ['--data', 'synthetic:32', '--out', out], /Pass --checkpoint/],
    [
      'a missing checkpoint',
      (out) => ['--checkpoint', join(out, 'none'), '--data', 'synthetic:32', '--out', out],
      /none/,
    ],
    ['a preset of pre-training', (out) => [...preset, '--out', out], /must be of kind "finetune".*Use pnpm train\./],
    [
      'an odd batch to mix',
      (out) => [...tiny, '--batch-size', '7', '--set', 'augmentation.mixup=1', '--data', 'synthetic:32', '--out', out],
      /batchSize: must be even/,
    ],
    [
      'too few classes',
      (out) => [...tiny, '--set', 'model.numClasses=2', '--data', 'synthetic:32', '--out', out],
      /numClasses/,
    ],
    [
      'an unknown augmentation',
      (out) => [...tiny, '--set', 'augmentation.randAugment=rand-x3', '--data', 'synthetic:32', '--out', out],
      /rand-x3|"x3"/,
    ],
    [
      'missing validation images',
      (out) => [...tiny, '--validation', join(out, 'none'), '--data', 'synthetic:32', '--out', out],
      /existing path/,
    ],
    [
      'more images than there are',
      (out) => [...tiny, '--set', 'data.images=99', '--data', 'synthetic:32', '--out', out],
      /data\.images: must be at most/,
    ],
    [
      'an unknown key',
      (out) => [...tiny, '--set', 'augmentation.mixupp=1', '--data', 'synthetic:32', '--out', out],
      /"augmentation\.mixupp"\. Did you mean "mixup"\?/,
    ],
  ])('ends with 2 and one line, and writes nothing: %s', async (_, args, expected) => {
    const { code, stdout, stderr } = await runTrainHere('finetune', ...args(join(folder, 'run')));
    expect(stderr).toMatch(expected);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(await readdir(folder)).toEqual([]);
  });
});
