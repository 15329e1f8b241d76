import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { resolveConfig } from '../config/resolve-config.ts';
import { PRESETS } from '../presets/presets.ts';
import { writeRunConfig } from '../run-directory/run-directory.ts';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function train(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

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
    const { code, stdout } = await train('--list-presets');
    expect(code).toBe(0);
    for (const { name } of PRESETS) expect(stdout).toContain(name);
    const json = await train('--list-presets', '--json');
    expect(JSON.parse(json.stdout)).toHaveLength(PRESETS.length);
  });

  it.each<[string, (out: string) => string[], RegExp]>([
    ['no preset', (out) => ['--out', out], /--preset/],
    ['no preset and no folder', () => [], /--out/],
    [
      'an unknown preset',
      (out) => ['--preset', 'vit_quickstart', '--out', out],
      /unknown preset.*Known: mfm_pretrain__/,
    ],
    ['an unknown option', () => [...preset, '--epoch', '3'], /unknown option '--epoch'.*--epochs/],
    ['an unknown key', (out) => [...preset, '--out', out, '--set', 'epoch=3'], /"epoch"\. Did you mean "epochs"\?/],
    ['a rate that is none', (out) => [...preset, '--out', out, '--lr', 'high'], /--lr: must be a number above 0/],
    ['no data', (out) => ['--preset', 'mfm_pretrain__vit_cifar10', '--out', out], /Pass --data/],
    ['a missing folder of data', (out) => [...preset, '--out', out, '--data', join(out, 'none')], /existing path/],
    ['an unknown device', (out) => [...preset, '--out', out, '--device', 'cuba'], /cuba/],
    [
      'an unknown engine',
      (out) => [...preset, '--out', out, '--engine', 'torch'],
      /engine: .*onnxruntime.*got "torch"/,
    ],
    ['too little data', (out) => [...preset, '--out', out, '--data', 'synthetic:10'], /batchSize must be at most/],
    ['nothing to resume', (out) => ['--resume', '--out', out], /--resume: must be the folder of a run/],
    [
      'a model that does not fit',
      (out) => [...preset, '--out', out, '--set', 'model.encoder.patchSize=5'],
      /patchSize/,
    ],
  ])('ends with 2 and one line, and writes nothing: %s', async (_, args, expected) => {
    const out = join(folder, 'run');
    const { code, stdout, stderr } = await train(...args(out));
    expect(stderr).toMatch(expected);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(await readdir(folder)).toEqual([]);
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
    const { code, stderr } = await train(...preset, '--data', data, '--out', out, ...options);
    expect(stderr).toMatch(expected);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(code).toBe(2);
    expect(await readdir(folder)).toEqual(['data']);
  });

  it('leaves a run alone that is there already', async () => {
    await writeRunConfig(folder, await resolveConfig({ preset: preset[1] }));
    const before = await readFile(join(folder, 'config.json'), 'utf8');
    const { code, stderr } = await train(...preset, '--epochs', '1', '--out', folder);
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
    const { code, stderr } = await train(
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
    const { code, stderr } = await train('--resume', '--out', folder);
    expect(stderr).toMatch(/epoch_0003\.safetensors/);
    expect(code).toBe(2);
    expect((await readdir(folder)).sort()).toEqual(['checkpoints', 'config.json']);
  });
});
