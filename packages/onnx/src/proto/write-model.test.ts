import { mkdtemp, open, readFile, rm, truncate, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import * as tf from '@tensorflow/tfjs-core';
import { openSession } from '../session/session.ts';
import { trace } from '../trace/trace.ts';
import { readModel } from './decode.ts';
import { encodeModel, encodeModelChunks } from './encode.ts';
import { ModelProto } from './messages.ts';
import { joinChunks } from './wire.ts';
import { externalDataPath, writeModel } from './write-model.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'write-model-'));
});
afterAll(() => rm(folder, { recursive: true }));

const WIDTH = 40;
const ramp = (length: number, step: number) => Float32Array.from({ length }, (_, i) => Math.sin(step * i));
const weights = { a: ramp(WIDTH * WIDTH, 0.3), b: ramp(WIDTH * WIDTH, 0.7), small: ramp(WIDTH, 0.1) };
const square = [WIDTH, WIDTH];

const graph = trace(
  ({ x, a, b, small }) => {
    const y = tf.matMul(tf.relu(tf.matMul(x as tf.Tensor2D, a as tf.Tensor2D)), b as tf.Tensor2D);
    return { y: tf.add(y, small!) };
  },
  {
    x: { shape: [2, WIDTH] },
    a: { shape: square, data: weights.a },
    b: { shape: square, data: weights.b },
    small: { shape: [WIDTH], data: weights.small },
  },
);

const feeds = { x: { type: 'float32' as const, dims: [2, WIDTH], data: ramp(2 * WIDTH, 0.5) } };

async function run(model: string | Uint8Array): Promise<number[]> {
  const session = await openSession(model, { threads: 1 });
  const { y } = await session.run(feeds);
  await session.close();
  return Array.from(y!.data, Number);
}

interface External {
  name: string;
  externalData: { key: string; value: string }[];
  rawData?: Uint8Array;
}

describe('encodeModelChunks', () => {
  it("gives the bytes of encodeModel in views of the graph's constants", () => {
    const { model } = encodeModelChunks(graph);
    expect(Buffer.from(joinChunks(model)).equals(encodeModel(graph))).toBe(true);
    const buffers = model.map(({ buffer }) => buffer);
    for (const { buffer } of Object.values(weights)) expect(buffers).toContain(buffer);
  });

  it('holds equal constants once, whatever their size, and keeps unequal ones that begin alike', async () => {
    const almost = Float32Array.from(weights.a);
    almost[almost.length - 1]! += 1;
    const twins = trace(
      ({ x, a, b, c }) => {
        const by = (w: tf.Tensor | undefined) => tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D);
        return { y: tf.addN([by(a), by(b), by(c)]) };
      },
      {
        x: { shape: [2, WIDTH] },
        a: { shape: square, data: weights.a },
        b: { shape: square, data: Float32Array.from(weights.a) },
        c: { shape: square, data: almost },
      },
    );
    const { graph: file } = ModelProto.toObject(ModelProto.decode(encodeModel(twins))) as {
      graph: { initializer: External[] };
    };
    const names = file.initializer.map(({ name }) => name).sort();
    expect([names.length, names.at(-1), ['a', 'b'].includes(names[0]!)]).toEqual([2, 'c', true]);
    const single = trace(({ x, a }) => ({ y: tf.matMul(x as tf.Tensor2D, a as tf.Tensor2D) }), {
      x: { shape: [2, WIDTH] },
      a: { shape: square, data: Float32Array.from(weights.a, (w, i) => 2 * w + almost[i]!) },
    });
    expect(await run(encodeModel(twins))).toBeAllclose(await run(encodeModel(single)), { rtol: 1e-5, atol: 1e-5 });
  });
});

describe('writeModel', () => {
  it('writes what encodeModel gives', async () => {
    const path = join(folder, 'single.onnx');
    const files = await writeModel(path, graph, { metadata: { key: 'value' } });
    const bytes = await readFile(path);
    expect(bytes.equals(encodeModel(graph, { metadata: { key: 'value' } }))).toBe(true);
    expect(files).toEqual([{ path, bytes: bytes.length, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
  });

  it('writes large tensors into a file of their own, at pages, and a session finds them', async () => {
    const path = join(folder, 'external.onnx');
    const files = await writeModel(path, graph, { externalData: true });
    expect(files.map((file) => file.path)).toEqual([path, `${path}_data`]);
    const { graph: file } = ModelProto.toObject(ModelProto.decode(await readFile(path))) as {
      graph: { initializer: External[] };
    };
    const outside = file.initializer.filter(({ externalData = [] }) => externalData.length > 0);
    expect(outside.map(({ name }) => name)).toEqual(['a', 'b']);
    const entries = outside.map(({ externalData }) => externalData.map(({ value }) => value));
    expect(entries).toEqual([
      ['external.onnx_data', '0', '6400'],
      ['external.onnx_data', '8192', '6400'],
    ]);
    expect(files[1]!.bytes).toBe(8192 + 6400);
    expect(await run(path)).toEqual(await run(encodeModel(graph)));
    expect(await run(encodeModel(readModel(path).graph))).toEqual(await run(path));
  });

  it('gives a session and a reader that miss the data, or a part of them, a clear error', async () => {
    const path = join(folder, 'broken.onnx');
    await writeModel(path, graph, { externalData: true });
    await truncate(externalDataPath(path), 9000);
    await expect(openSession(path)).rejects.toThrow(UserError);
    expect(() => readModel(path)).toThrow(/must be in "broken\.onnx_data" from byte 8192 to 14592, which ends at 9000/);
    await unlink(externalDataPath(path));
    await expect(openSession(path)).rejects.toThrow(/broken\.onnx/);
    expect(() => readModel(path)).toThrow(/"broken\.onnx_data" must be a file beside the model, and is missing/);
  });

  it('leaves no file open behind an error', async () => {
    await expect(writeModel(join(folder, 'nowhere', 'x.onnx'), graph)).rejects.toThrow('ENOENT');
    await expect(writeModel(join(folder, 'x.onnx'), graph, { opset: 12 })).rejects.toThrow(
      'opset must be 13 to 23, got 12',
    );
    await expect(open(join(folder, 'x.onnx'))).rejects.toThrow('ENOENT');
  });
});
