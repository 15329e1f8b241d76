import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findCorruption, isCorruptionFolder } from '@mfm/robustness';
import { type CaseResult, formatResult } from '../run-cases.ts';
import { runCorruptions } from './run-corruptions.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'corruptions-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('runCorruptions', () => {
  it('is for folders with severity tables, and tells each case as the others are told', async () => {
    expect(await isCorruptionFolder(folder)).toBe(false);
    const contrast = findCorruption('contrast').severities[32];
    const manifest = {
      corruptions: { deterministic: ['contrast'], stochastic: ['fog'] },
      severity_tables: { 32: { contrast, fog: [] } },
      jpeg_quant_tables: { 100: { luma: new Array(64).fill(1), chroma: [...new Array(63).fill(1), 2] } },
    };
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
    expect(await isCorruptionFolder(folder)).toBe(true);
    const { count, results } = await runCorruptions(folder, 0);
    const found: CaseResult[] = [];
    for await (const result of results) found.push(result);
    expect(found).toHaveLength(count);
    expect(found.map(formatResult)).toEqual([
      expect.stringMatching(/^FAIL {4}kernels +worst 1\.0e\+0 of 0\.0e\+0 \(JPEG chroma 100\), 2 checks$/),
      expect.stringMatching(/^pass {4}pixels\/contrast\/32 +worst 0 of 0 differing \(severity table\), 1 checks$/),
      expect.stringMatching(/^FAIL {4}replay\/fog\/32 +worst 1 of 0 differing \(severity table\), 1 checks$/),
    ]);
  });
});
