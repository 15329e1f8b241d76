import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runEval, runEvalHere } from '../testing/run-eval.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'corrupt-command-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const runCorrupt = (...args: string[]) => runEval(['corrupt', ...args], join(folder, 'cache'));

describe('pnpm eval corrupt', () => {
  it('writes a tree, and finds it complete the second time', async () => {
    const out = join(folder, 'tree');
    const args = ['--data', 'synthetic:40', '--limit', '4', '--size', '32', '--corruptions', 'fog,pixelate'];
    const first = await runCorrupt(...args, '--severities', '1,4', '--out', out, '--json');
    expect(JSON.parse(first.stdout)).toMatchObject({ images: 4, written: 16, kept: 0, badSamples: [] });
    expect((await readdir(out)).sort()).toEqual(['corrupted.json', 'fog', 'pixelate']);
    expect(await readdir(join(out, 'fog'))).toEqual(['1', '4']);
    const files = await readdir(join(out, 'fog/4'), { recursive: true });
    expect(files.filter((name) => name.endsWith('.JPEG'))).toHaveLength(4);
    const second = await runCorrupt(...args, '--out', out);
    expect(second.stdout).toBe(`4 images: 24 files written, 16 were there, in ${out}\n`);
  });

  it.each([
    [['--corruptions', 'frog'], /got "frog".*frost|got "frog".*fog/],
    [['--severities', '6'], /--severities: must be numbers from 1, 2, 3, 4, 5, got "6"/],
    [['--format', 'gif'], /--format: must be jpeg or png, got "gif"/],
    [['--quality', '101'], /--quality: must be from 1 to 100/],
    [['--frost', 'nowhere'], /folder must be readable, got "nowhere"/],
  ])('refuses %j in one line and writes nothing', async (args, message) => {
    const out = join(folder, 'refused');
    const { code, stderr } = await runEvalHere('corrupt', '--data', 'synthetic:10', '--out', out, ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(existsSync(out)).toBe(false);
  });
});
