import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { folderRows } from './heat-map-store.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-heat-map-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('folderRows', () => {
  it('keeps rows by key', async () => {
    await folderRows(folder, { model: 'a' }).write(3, [1, 0, 2]);
    expect(await folderRows(folder, { model: 'a' }).read(3)).toEqual([1, 0, 2]);
    expect(await folderRows(folder, { model: 'a' }).read(4)).toBeUndefined();
    expect(await folderRows(folder, { model: 'b' }).read(3)).toBeUndefined();
  });

  it('counts a damaged file as absent', async () => {
    const rows = folderRows(folder, 'damaged');
    await rows.write(0, [5]);
    const before = new Set(await readdir(folder));
    for (const name of before) await writeFile(join(folder, name, 'row-000.json'), '{"wrong": [1,');
    expect(await rows.read(0)).toBeUndefined();
  });
});
