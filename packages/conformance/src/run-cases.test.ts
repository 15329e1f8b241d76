import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import { frequencyMask, writeSafetensors } from '@mfm/models';
import { absoluteCheck, namesCheck, passes, relativeCheck } from './check/check.ts';
import { findEngine } from './evaluate/evaluate.ts';
import { findCases } from './golden/golden-case.ts';
import { formatResult, formatSummary, runCase } from './run-cases.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conformance-'));
});
afterAll(() => rm(folder, { recursive: true }));

const writeJson = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value));

async function writeMaskCase(name: string, mask: Uint8Array): Promise<void> {
  await writeSafetensors(join(folder, `${name}.safetensors`), { m: { shape: [8, 8], data: mask } });
  const masks = [{ name: 'm', input_size: 8, mask_radius1: 2, mask_radius2: 999 }];
  await writeJson(`${name}.json`, { case: name, kind: 'mask', file: `${name}.safetensors`, masks });
}

const runAll = async () => {
  const results = [];
  for (const golden of findCases(folder)) results.push(await runCase(golden, findEngine('tfjs')));
  return results;
};

describe('runCase', () => {
  it('passes what agrees, fails what does not or is broken, skips kinds it does not know', async () => {
    const wrong = frequencyMask(8, 2);
    wrong[0] = 1;
    await writeMaskCase('a_right', frequencyMask(8, 2));
    await writeMaskCase('b_wrong', wrong);
    await writeJson('c_broken.json', { case: 'c_broken', kind: 'mask', file: 'missing.safetensors', masks: [] });
    await writeJson('d_other.json', { case: 'd_other', kind: 'of tomorrow' });
    await writeJson('manifest.json', { files: [] });
    const results = await runAll();
    expect(results.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'a_right passed',
      'b_wrong failed',
      'c_broken failed',
      'd_other skipped',
    ]);
    expect(formatSummary(results)).toBe('1 passed, 2 failed, 1 skipped');
    expect(formatResult(results[1]!)).toMatch(/^FAIL {4}b_wrong +worst 1.0e\+0 of 0.0e\+0 \(m\), 1 checks$/);
    expect(formatResult(results[2]!)).toMatch(/missing\.safetensors: no such file/);
    expect(formatResult(results[3]!)).toMatch(/^skipped d_other +kind of tomorrow not supported yet$/);
  });

  // A step of the golden optimiser trace, first values.
  it.each(['tfjs', 'onnxruntime'])('follows a step of AdamW with %s', async (engine) => {
    const step = {
      lr: 0.0016666666666666668,
      grad_w: [[0.000713108214796688, -0.24289514199460913, 0.4070432027166867]],
      grad_b: [-0.05615097143098831],
      total_norm: Math.hypot(0.000713108214796688, 0.24289514199460913, 0.4070432027166867, 0.05615097143098831),
      w: [[-0.35847464922240296, 0.6023433002101013, -0.6983893299201448]],
      b: [0.45999423582944426],
      exp_avg_w: [[0.00007131082147966879, -0.024289514199460908, 0.04070432027166866]],
    };
    const golden = {
      ...{ name: 'toy', kind: 'optimizer', tensors: async () => ({}), path: String },
      json: {
        ...{ betas: [0.9, 0.95], eps: 1e-8, weight_decay: [0.05, 0], clip_grad: 3, steps: [step] },
        ...{ w0: [[-0.35683774240580424, 0.6007266941698989, -0.6967807283551201]], b0: [0.4583275694595964] },
      },
    };
    expect(await runCase(golden, findEngine(engine))).toMatchObject({ status: 'passed', checks: 4 });
  });
});

describe('findCases', () => {
  it('names a folder that is missing or holds nothing, and a broken document', async () => {
    expect(() => findCases(join(folder, 'nowhere'))).toThrow(UserError);
    const empty = await mkdtemp(join(folder, 'empty-'));
    expect(() => findCases(empty)).toThrow(/must hold golden cases/);
    await writeFile(join(empty, 'x.json'), '{');
    expect(() => findCases(empty)).toThrow(/x\.json: must be JSON/);
    await rm(empty, { recursive: true });
  });

  it('finds the nearest engine', () => {
    expect(() => findEngine('onnxruntme')).toThrow(/Did you mean "onnxruntime"/);
  });
});

describe('checks', () => {
  it('never pass for NaN, another length or another name', () => {
    expect(passes(relativeCheck('x', [Number.NaN], [1], 1))).toBe(false);
    expect(passes(absoluteCheck('x', [1], [1, 2], 1))).toBe(false);
    expect(passes(namesCheck('x', ['a', 'b'], ['a', 'c']))).toBe(false);
    expect(passes(namesCheck('x', ['b', 'a'], ['a', 'b']))).toBe(true);
  });

  it('are relative to the largest value', () => {
    expect(relativeCheck('x', [100, 0.1], [100, 0], 1e-2).error).toBeCloseTo(1e-3);
    expect(absoluteCheck('x', [1, 9], [1, 2], 0, (index) => index === 1).error).toBe(0);
  });
});
