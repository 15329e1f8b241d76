import { expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { encodeModel } from '../proto/encode.ts';
import type { HostTensors } from '../session/host-tensor.ts';
import { openSession } from '../session/session.ts';
import { trace } from '../trace/trace.ts';

/** One row of a family's case table. */
export interface KernelCase {
  /** Says what is special about it; begins with the kernel's name. */
  name: string;
  /** Operands: a shape (filled with values between −2 and 2), or a tensor's own values. */
  inputs: (number[] | CaseTensor)[];
  run: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  /** Also compare the gradients of Σ run(x)·weights with respect to the float inputs. */
  gradient?: boolean;
  /** Reason and value of a tolerance looser than 1e-5 / 1e-6. */
  tolerance?: { rtol?: number; atol?: number; because: string };
}

export interface CaseTensor {
  shape: number[];
  dtype: 'float32' | 'int32' | 'bool';
  values: number[];
}

export const ints = (shape: number[], values: number[]): CaseTensor => ({ shape, dtype: 'int32', values });
export const bools = (shape: number[], values: number[]): CaseTensor => ({ shape, dtype: 'bool', values });
export const floats = (shape: number[], values: number[]): CaseTensor => ({ shape, dtype: 'float32', values });

/** Values between −2 and 2 without repetition or zeros, different for each operand. */
function spread(shape: number[], operand: number): CaseTensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const values = Array.from({ length: size }, (_, i) => 2 * Math.sin(1 + 1.7 * i + 0.61 * operand) + 1e-3 * (i % 7));
  return { shape, dtype: 'float32', values };
}

/** Σ over outputs of output · fixed weights: a scalar whose gradient reaches every element. */
function weightedSum(outputs: tf.Tensor[]): tf.Scalar {
  const terms = outputs.map((output, index) => {
    const weights = Float32Array.from({ length: output.size }, (_, i) => Math.cos(0.7 * i + index));
    return tf.sum(tf.mul(output, tf.tensor(weights, output.shape)));
  });
  return tf.addN(terms) as tf.Scalar;
}

function programOf({ run, gradient }: KernelCase, operands: CaseTensor[]) {
  return (inputs: Record<string, tf.Tensor>): Record<string, tf.Tensor> => {
    const tensors = operands.map((_, index) => inputs[`x${index}`]!);
    const outputs = [run(...tensors)].flat();
    const results: Record<string, tf.Tensor> = Object.fromEntries(
      outputs.map((output, index) => [`y${index}`, output]),
    );
    if (!gradient) return results;
    const positions = operands.flatMap(({ dtype }, index) => (dtype === 'float32' ? [index] : []));
    const loss = (...floatInputs: tf.Tensor[]) => {
      const all = tensors.map((tensor, index) => floatInputs[positions.indexOf(index)] ?? tensor);
      return weightedSum([run(...all)].flat());
    };
    const grads = tf.grads(loss as (...args: tf.Tensor[]) => tf.Tensor)(positions.map((index) => tensors[index]!));
    for (const [index, grad] of grads.entries()) results[`dx${positions[index]}`] = grad;
    return results;
  };
}

/** Runs each case eagerly on the cpu backend and traced through ONNX Runtime, for both targets, and compares all results. */
export function compareWithEager(cases: readonly KernelCase[]): void {
  it.each(cases.map((row) => [row.name, row] as const))('%s', async (_, row) => {
    const operands = row.inputs.map((input, index) => (Array.isArray(input) ? spread(input, index) : input));
    const program = programOf(row, operands);
    await tf.setBackend('cpu');
    const eager = program(
      Object.fromEntries(
        operands.map(({ values, shape, dtype }, index) => [`x${index}`, tf.tensor(values, shape, dtype)]),
      ),
    );
    const graph = trace(
      program,
      Object.fromEntries(operands.map(({ shape, dtype }, index) => [`x${index}`, { shape, dtype }])),
    );
    for (const target of ['standard', 'onnxruntime'] as const) {
      const session = await openSession(encodeModel(graph, { target }));
      const feeds: HostTensors = {};
      for (const { name } of session.inputs) {
        const { shape, dtype, values } = operands[Number(name.slice(1))]!;
        const data =
          dtype === 'float32'
            ? Float32Array.from(values)
            : dtype === 'bool'
              ? Uint8Array.from(values)
              : Int32Array.from(values);
        feeds[name] = { type: dtype, dims: shape, data };
      }
      const results = await session.run(feeds);
      await session.close();
      for (const [name, expected] of Object.entries(eager)) {
        expect([name, results[name]?.dims]).toEqual([name, expected.shape]);
        expect(Array.from(results[name]!.data, Number)).toBeAllclose(expected.dataSync(), row.tolerance);
      }
    }
  });
}
