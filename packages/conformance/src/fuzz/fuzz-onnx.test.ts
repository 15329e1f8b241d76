import { describe, expect, it } from '@jest/globals';
import { createRandom } from '@mfm/data';
import { checkModel, layerNorm, traceToOnnx } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { damageFields, joinFields, parseFields } from './damage-fields.ts';
import { fuzzFile } from './fuzz-file.ts';

const FILE = traceToOnnx(
  ({ x, w }) => ({
    y: tf.softmax(layerNorm(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), tf.ones([2]), tf.zeros([2]), 1e-6)),
  }),
  { x: { shape: [2, 3] }, w: { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) } },
);

describe('damageFields', () => {
  it('reads and joins the fields of a message', () => {
    expect(joinFields(parseFields(FILE)!)).toEqual(FILE);
    expect(parseFields(Uint8Array.of(8, 0x80))).toBeUndefined();
    expect(parseFields(Uint8Array.of(10, 5, 1))).toBeUndefined();
  });

  it('depends on the seed alone, and keeps lengths right', () => {
    const copies = Array.from({ length: 200 }, (_, copy) => damageFields(FILE, createRandom(0, copy)));
    expect(damageFields(FILE, createRandom(0, 7))).toEqual(copies[7]);
    expect(copies.filter((copy) => parseFields(copy)).length).toBe(200);
    expect(new Set(copies.map((bytes) => Buffer.from(bytes).toString('latin1'))).size).toBeGreaterThan(150);
  });
});

describe('damaged ONNX files', () => {
  it('are refused clearly, or read, checked and inspected, and nothing else', async () => {
    const begin = process.memoryUsage().rss;
    const report = await fuzzFile('small.onnx', FILE, 800, 0);
    expect(report).toMatchObject({ copies: 800, failures: [] });
    expect(report.refused).toBeGreaterThan(300);
    expect(report.refused).toBeLessThan(780);
    expect(report.slowest).toBeLessThan(1);
    expect(process.memoryUsage().rss - begin).toBeLessThan(300e6);
  });

  it('are found wrong by the checker most of the time', () => {
    const wrong = Array.from({ length: 300 }, (_, copy) => damageFields(FILE, createRandom(1, copy))).filter(
      (bytes) => {
        try {
          return checkModel(bytes).some(({ severity }) => severity === 'error');
        } catch {
          return true;
        }
      },
    );
    expect(wrong.length).toBeGreaterThan(150);
  });
});
