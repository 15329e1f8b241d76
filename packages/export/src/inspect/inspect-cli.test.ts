import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { traceToOnnx } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { runExport } from '../testing/run-export.ts';

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-inspect-'));
  const weight = { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  const run = ({ x, w }: Record<string, tf.Tensor>) => ({ y: tf.relu(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D)) });
  await writeFile(at('model.onnx'), traceToOnnx(run, { x: { shape: [2, 3] }, w: weight }));
  const bytes = await readFile(at('model.onnx'));
  // "Relu" is there once as an operator; its last letter is changed.
  const broken = Buffer.from(bytes);
  broken[broken.indexOf('"\u0004Relu') + 5] = 'a'.charCodeAt(0);
  await writeFile(at('broken.onnx'), broken);
  await writeFile(at('truncated.onnx'), bytes.subarray(0, bytes.length - 40));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const inspect = (...args: string[]) => runExport('inspect', ...args);

describe('pnpm export inspect', () => {
  it('shows a valid model and ends with 0', async () => {
    const { code, stdout, stderr } = await inspect(at('model.onnx'));
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('ONNX, IR version 8');
    expect(stdout).toContain('  x: float32[2, 3]\n');
    expect(stdout).toMatch(/0 Gemm .*\(x, w\) → /);
    expect(stdout).toMatch(/Checker: valid\n$/);
  });

  it('prints one JSON document', async () => {
    const { code, stdout } = await inspect(at('model.onnx'), '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ outputs: [{ name: 'y', type: 'float32[2, 2]' }], problems: [] });
  });

  it('shows a model that is not valid, says why, and ends with 1', async () => {
    const { code, stdout, stderr } = await inspect(at('broken.onnx'));
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/Checker: not valid: 1 error\n {2}error: .*there is no operator Rela in operator set 17\n$/);
  });

  it('says in one line why a file cannot be read, and ends with 2', async () => {
    const { code, stdout, stderr } = await inspect(at('truncated.onnx'));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /must be an ONNX file: ModelProto\.graph claims \d+ bytes where \d+ are left at byte \d+\.\n$/,
    );
    expect(stderr.trimEnd()).not.toContain('\n');
  });
});
