import { describe, expect, it } from '@jest/globals';
import type { HostTensors } from '@mfm/onnx';
import { compareOutputs } from './compare.ts';

const tensors = (values: Record<string, number[]>): HostTensors =>
  Object.fromEntries(
    Object.entries(values).map(([name, data]) => [
      name,
      { type: 'float32' as const, dims: [data.length], data: Float32Array.from(data) },
    ]),
  );

const scaled = (expected: Record<string, number[]>, actual: Record<string, number[]>) =>
  compareOutputs(tensors(expected), tensors(actual));

describe('compareOutputs', () => {
  it('gives the largest absolute difference and names its output', () => {
    const { output, scaled: found } = scaled({ a: [100, 2], b: [1] }, { a: [100.5, 2], b: [1.25] });
    expect(output).toBe('a');
    expect(found).toBeCloseTo(0.5, 6);
  });

  it('divides losses and spectra by their maximum where that is above one', () => {
    expect(scaled({ loss: [200] }, { loss: [202] }).scaled).toBeCloseTo(0.01, 6);
    expect(scaled({ spectrum_image: [0.5, 4] }, { spectrum_image: [0.75, 4] }).scaled).toBeCloseTo(0.0625, 6);
    expect(scaled({ loss: [0.5] }, { loss: [0.25] }).scaled).toBeCloseTo(0.25, 6);
  });

  it('divides gradients by their maximum, however small: a wrong small gradient shows', () => {
    expect(scaled({ gradient: [1e-6, 2e-6] }, { gradient: [1e-6, -2e-6] }).scaled).toBeCloseTo(2, 5);
  });

  it('takes all moments of a state for one vector, apart from the parameters', () => {
    const expected = {
      'next.model.w': [100],
      'next.optimizer.exp_avg.w': [0.1],
      'next.optimizer.exp_avg.b': [1e-9],
      'next.optimizer.exp_avg_sq.w': [1e-6],
    };
    const noise = scaled(expected, { ...expected, 'next.optimizer.exp_avg.b': [2e-9] });
    expect(noise.scaled).toBeCloseTo(1e-8, 12);
    const wrong = scaled(expected, { ...expected, 'next.optimizer.exp_avg_sq.w': [2e-6] });
    expect(wrong.scaled).toBeCloseTo(1, 5);
    expect(wrong.output).toBe('next.optimizer.exp_avg_sq.w');
  });

  it('is infinite for what is not a number', () => {
    expect(scaled({ a: [1] }, { a: [Number.NaN] }).scaled).toBe(Number.POSITIVE_INFINITY);
  });

  it('names an output that is missing or of another shape or type', () => {
    expect(() => scaled({ a: [1] }, {})).toThrow('output "a" must be float32 [1], got nothing');
    expect(() => scaled({ a: [1] }, { a: [1, 1] })).toThrow('output "a" must be float32 [1], got float32 [2]');
    expect(() => scaled({ toString: [1] }, {})).toThrow('got nothing');
    const integer: HostTensors = { a: { type: 'int64', dims: [1], data: BigInt64Array.of(1n) } };
    expect(() => compareOutputs(tensors({ a: [1] }), integer)).toThrow('got int64 [1]');
  });
});
