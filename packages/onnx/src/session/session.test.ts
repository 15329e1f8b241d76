import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import '../ops/gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import { traceToOnnx } from '../trace/trace-to-onnx.ts';
import { parseDevice } from './device.ts';
import { openSession } from './session.ts';

const model = traceToOnnx(({ a, b }) => ({ sum: tf.add(a!, b!), difference: tf.sub(a!, b!) }), {
  a: { shape: [2] },
  b: { shape: [2] },
});
const tensor = (...values: number[]) =>
  ({ type: 'float32', dims: [values.length], data: Float32Array.from(values) }) as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mfm-session-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('openSession', () => {
  it('runs all outputs, chosen ones, or into given memory', async () => {
    const session = await openSession(model, { threads: 1 });
    const feeds = { a: tensor(5, 6), b: tensor(1, 2) };
    expect(Object.keys(await session.run(feeds)).sort()).toEqual(['difference', 'sum']);
    expect(Object.keys(await session.run(feeds, ['sum']))).toEqual(['sum']);
    const target = { sum: tensor(0, 0) };
    await session.run(feeds, target);
    expect(Array.from(target.sum.data)).toEqual([6, 8]);
    await session.close();
  });

  it('names the input that does not fit', async () => {
    const session = await openSession(model);
    await expect(session.run({ a: tensor(1, 2) })).rejects.toThrow('run: every input must be fed, "b" is missing');
    await expect(session.run({ a: tensor(1, 2, 3), b: tensor(1, 2) })).rejects.toThrow(
      '"a" must be float32 [2], got float32 [3]',
    );
    await session.close();
  });

  it('says what is wrong with a file', async () => {
    const path = join(folder, 'broken.onnx');
    await writeFile(path, 'not a model');
    await expect(openSession(join(folder, 'missing.onnx'))).rejects.toThrow(
      /model file must exist, got ".*missing\.onnx"/,
    );
    await expect(openSession(path)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(/broken\.onnx" must be an ONNX file/),
    });
  });

  it('never falls back silently from a device it cannot have', async () => {
    await expect(openSession(model, { device: 'gpu' })).rejects.toThrow('unknown device "gpu"');
    await expect(openSession(model, { device: 'webgp' })).rejects.toThrow('Did you mean "webgpu"?');
    // No accelerator is on the test machines; where one is, the session opens and there is nothing to check.
    const attempt = await openSession(model, { device: 'cuda:1' }).then(
      (session) => session.close(),
      (error: Error) => error,
    );
    if (attempt) expect(attempt.message).toMatch(/device cuda cannot run the model: .* [Uu]se --device cpu otherwise/);
  });

  it('parses device names', () => {
    expect(parseDevice('cuda:3')).toEqual({ kind: 'cuda', index: 3 });
    expect(parseDevice('cpu')).toEqual({ kind: 'cpu', index: 0 });
    expect(() => parseDevice('cpu:1')).toThrow('unknown device');
  });
});
