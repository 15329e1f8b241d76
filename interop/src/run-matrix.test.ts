import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HostTensor } from '@mfm/onnx';
import type { ExportedCase } from './cases/exported-case.ts';
import { writeTensors } from './exchange.ts';
import { matrixPasses } from './matrix/matrix.ts';
import { runMatrix } from './run-matrix.ts';
import { runRuntime } from './run-runtime.ts';
import type { Runtime } from './runtimes/runtime.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-interop-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A runtime for which a model's outputs are its inputs; it dies of a model of that name. */
const copier: Runtime = {
  name: 'copier',
  description: 'copies',
  runs: true,
  prepare: async () => ({
    command: process.execPath,
    args: [
      '-e',
      `console.log('{"version":"copier 1"}');
       require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
         const { id, model, runs } = JSON.parse(line);
         if (model === 'deadly.onnx') process.exit(1);
         for (const { inputs, outputs } of runs) require('fs').copyFileSync(inputs, outputs);
         console.log(JSON.stringify({ id }));
       });`,
    ],
  }),
};

const missing: Runtime = {
  ...copier,
  name: 'missing',
  prepare: async () => {
    throw new Error('it is not installed');
  },
};

const vector = (...values: number[]): HostTensor => ({
  type: 'float32',
  dims: [values.length],
  data: Float32Array.from(values),
});

/** A case whose outputs must be [1, 2]; its input is what is given. */
async function caseOf(name: string, input: HostTensor, model = 'model.onnx'): Promise<ExportedCase> {
  const inputs = join(folder, `${name}.safetensors`);
  await writeTensors(inputs, { y: input });
  const run = { batch: 1, inputs, expected: { y: vector(1, 2) } };
  const plan = { model: name, head: 'features', opset: 17, config: {} as never };
  return { plan, folder, model, dynamic: true, runs: [run] };
}

describe('runRuntime', () => {
  it('compares each case, and goes on after one that kills the program', async () => {
    const cases = [
      await caseOf('equal', vector(1, 2)),
      await caseOf('killer', vector(1, 2), 'deadly.onnx'),
      await caseOf('different', vector(1, 2.5)),
      await caseOf('longer', vector(1, 2, 3)),
    ];
    let done = 0;
    const { version, outcomes } = await runRuntime(copier, await copier.prepare({} as never), cases, () => done++);
    expect(version).toBe('copier 1');
    expect(done).toBe(4);
    expect(outcomes).toEqual([
      { kind: 'compared', difference: { output: 'y', scaled: 0 } },
      { kind: 'failed', error: 'it died with exit code 1' },
      { kind: 'compared', difference: { output: 'y', scaled: 0.5 } },
      { kind: 'failed', error: 'output "y" must be float32 [2], got float32 [3]' },
    ]);
  });
});

describe('runMatrix', () => {
  const options = {
    plans: [],
    without: [],
    workshop: { cache: '', home: '', log: () => {} },
    workFolder: '',
    progress: { update: () => {} },
  };

  it('shows a runtime that is not available, and fails', async () => {
    const matrix = await runMatrix({ ...options, runtimes: [copier, missing] });
    expect(matrix.columns).toEqual([
      { runtime: 'copier', version: 'copier 1' },
      { runtime: 'missing', unavailable: 'it is not installed' },
    ]);
    expect(matrixPasses(matrix)).toBe(false);
  });

  it('takes a program that cannot be started for one that is not available', async () => {
    const broken = { ...copier, prepare: async () => ({ command: '/nowhere/runtime', args: [] }) };
    const matrix = await runMatrix({ ...options, runtimes: [broken] });
    expect(matrix.columns[0]!.unavailable).toContain('"/nowhere/runtime" cannot be started');
    expect(matrixPasses(matrix)).toBe(false);
  });
});
