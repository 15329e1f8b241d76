import { beforeAll, describe, expect, it } from '@jest/globals';
import '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import { randomValues } from '../testing/random-values.ts';
import { attention } from '../vit/attention.ts';
import { splitFusedBiases } from './fused-bias.ts';

beforeAll(() => tf.setBackend('cpu'));

const [length, width, heads] = [5, 6, 2];
const values = (name: string, count: number) => Array.from(randomValues(name, count));
const [x, weight, bias] = [values('x', length * width), values('weight', 3 * width * width), values('bias', 3 * width)];
const [projection, projectionBias] = [values('projection', width * width), values('projectionBias', width)];

/** rows [n, width] · weightᵀ + bias, in float64. */
function linear(rows: readonly number[], weights: readonly number[], shift: readonly number[]): number[][] {
  return Array.from({ length: rows.length / width }, (_, n) =>
    shift.map(
      (start, o) =>
        start + weights.slice(o * width, (o + 1) * width).reduce((sum, w, i) => sum + w * rows[n * width + i]!, 0),
    ),
  );
}

/** Self-attention by its definition, with a bias for keys. */
function reference(): number[][] {
  const qkv = linear(x, weight, bias);
  const dim = width / heads;
  const mixed = qkv.map((own) =>
    Array.from({ length: width }, (_, channel) => {
      const head = Math.floor(channel / dim) * dim;
      const logits = qkv.map((other) => {
        let dot = 0;
        for (let c = head; c < head + dim; c++) dot += own[c]! * other[width + c]!;
        return dot / Math.sqrt(dim);
      });
      const exponentials = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
      const total = exponentials.reduce((a, b) => a + b);
      return qkv.reduce((sum, other, j) => sum + (exponentials[j]! / total) * other[2 * width + channel]!, 0);
    }),
  );
  return linear(mixed.flat(), projection, projectionBias);
}

describe('splitFusedBiases', () => {
  it('leaves the bias of keys out, and attention stays the same', () => {
    const split = splitFusedBiases('x', { 'attn.qkv.bias': { shape: [3 * width], data: Float32Array.from(bias) } });
    expect(Object.keys(split)).toEqual(['attn.q_bias', 'attn.v_bias']);
    const actual = tf.tidy(() => {
      const parameters = {
        'attn.qkv.weight': tf.tensor2d(weight, [3 * width, width]),
        'attn.proj.weight': tf.tensor2d(projection, [width, width]),
        'attn.proj.bias': tf.tensor1d(projectionBias),
        'attn.q_bias': tf.tensor1d(split['attn.q_bias']!.data),
        'attn.v_bias': tf.tensor1d(split['attn.v_bias']!.data),
      };
      return attention(tf.tensor2d(x, [length, width]), parameters, 'attn', {
        batch: 1,
        length,
        numHeads: heads,
      }).arraySync();
    });
    expect(bias.slice(width, 2 * width).some((value) => Math.abs(value) > 0.5)).toBe(true);
    expect(actual.flat()).toBeAllclose(reference().flat());
  });
});
