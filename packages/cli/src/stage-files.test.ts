import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stageFiles } from './stage-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stage-'));
});
afterAll(() => rm(folder, { recursive: true }));

const write = (text: string) => async (staging: string) => {
  await writeFile(join(staging, 'model'), text);
  await writeFile(join(staging, 'model_data'), `${text} data`);
  return text.length;
};

describe('stageFiles', () => {
  it('moves all files beside the path, and replaces what was there', async () => {
    const path = join(folder, 'new', 'model');
    expect(await stageFiles(path, write('one'))).toBe(3);
    await stageFiles(path, write('two'));
    expect(await readdir(join(folder, 'new'))).toEqual(['model', 'model_data']);
    expect(await readFile(path, 'utf8')).toBe('two');
    expect(await readFile(`${path}_data`, 'utf8')).toBe('two data');
  });

  it('leaves nothing of a failure, and what was there', async () => {
    const path = join(folder, 'old', 'model');
    await stageFiles(path, write('old'));
    const failing = stageFiles(path, async (staging) => {
      await write('half')(staging);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await readdir(join(folder, 'old'))).toEqual(['model', 'model_data']);
    expect(await readFile(path, 'utf8')).toBe('old');
  });
});
