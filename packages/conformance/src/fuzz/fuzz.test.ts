import { describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import { dict, storage, tensor, zipCheckpoint } from '@mfm/models/testing/pth-writer';
import { passes } from '../check/check.ts';
import { damage } from './damage.ts';
import { copiesFor, fuzzChecks } from './fuzz-case.ts';
import { fuzzFile } from './fuzz-file.ts';

const FILE = zipCheckpoint(dict({ a: tensor(storage('Float', '0', 4), [2, 2], [2, 1]) }), {
  '0': Float32Array.of(1, 2, 3, 4),
});

describe('damage', () => {
  it('depends on the seed alone, leaves the file as it was, and is of every kind', () => {
    const before = FILE.slice();
    const copies = Array.from({ length: 200 }, (_, copy) => damage(FILE, createRandom(0, copy)));
    expect(FILE).toEqual(before);
    expect(damage(FILE, createRandom(0, 7))).toEqual(copies[7]);
    expect(new Set(copies.map((bytes) => Buffer.from(bytes).toString('latin1'))).size).toBeGreaterThan(150);
    const lengths = copies.map(({ length }) => Math.sign(length - FILE.length));
    expect([...new Set(lengths)].sort()).toEqual([-1, 0, 1]);
  });
});

describe('fuzzFile', () => {
  it('counts what is refused, and finds nothing else', async () => {
    const report = await fuzzFile('small.pth', FILE, 300, 0);
    expect(report).toMatchObject({ file: 'small.pth', copies: 300, failures: [] });
    expect(report.refused).toBeGreaterThan(100);
    expect(report.refused).toBeLessThan(300);
  });
});

describe('fuzzChecks', () => {
  const report = { file: 'a', bytes: 1e6, copies: 10, refused: 6, failures: [], slowest: 0.1, seconds: 0.5 };
  const wrong = (change: object, peakMegabytes = 100) =>
    fuzzChecks({ reports: [report, { ...report, ...change }], peakMegabytes })
      .filter((check) => !passes(check))
      .map(({ name }) => name);

  it('fails for another error, what takes long or much memory, and damage without effect', () => {
    expect(wrong({})).toEqual([]);
    expect(wrong({ file: 'b', failures: ['b, copy 3: TypeError'] })).toEqual(['b errors']);
    expect(wrong({ slowest: 3 })).toEqual(['slowest copy, s']);
    expect(wrong({ seconds: 31 })).toEqual(['all copies, s']);
    expect(wrong({}, 1000)).toEqual(['memory, MB']);
    expect(wrong({ copies: 1000, refused: 3 })).toEqual(['copies that were read']);
  });

  it('allows large files more time and memory, and reads fewer copies of them', () => {
    expect(wrong({ bytes: 100e6, slowest: 3 }, 1000)).toEqual([]);
    expect([1e6, 100e6].map((bytes) => copiesFor(bytes))).toEqual([2000, 41]);
  });
});
