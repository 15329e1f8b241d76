import { UserError } from '@mfm/cli';
import { type Graph, type HostTensors, openSession } from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { PARITY_TOLERANCE } from '../parity/verdict.ts';
import { type AgreementSums, addAgreement, emptySums, judge, type OutputAgreement, sameDims } from './agreement.ts';
import type { ResolvedInputs } from './input-shapes.ts';
import { firstLine } from './model-error.ts';
import { probeValues } from './probe-values.ts';
import type { TfjsModel } from './tfjs-model.ts';

export interface AgreementReport {
  readonly batchSizes: readonly number[];
  readonly tolerance: number;
  readonly outputs: readonly OutputAgreement[];
  readonly passed: boolean;
}

export interface AgreementOptions {
  readonly tolerance?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** The model computed by TensorFlow.js' CPU backend: every operator in JavaScript, nothing shared with ONNX Runtime. */
async function runEager(model: TfjsModel, feeds: HostTensors): Promise<Record<string, tf.Tensor>> {
  await tf.setBackend('cpu');
  return tf.tidy(() => {
    const inputs = Object.fromEntries(
      Object.entries(feeds).map(([name, { data, dims, type }]) => [
        name,
        tf.tensor(data as Float32Array, [...dims], type as 'float32'),
      ]),
    );
    return model.run(inputs);
  });
}

/**
 * Runs the ONNX file and the TensorFlow.js model on the same made-up inputs, at batches of 1 and 2 where the batch is open, and compares
 * every output.
 *
 * @param bytes the ONNX file's content
 * @throws UserError when TensorFlow.js itself cannot run the model
 */
export async function checkAgreement(
  bytes: Uint8Array,
  model: TfjsModel,
  graph: Graph,
  inputs: ResolvedInputs,
  { tolerance = PARITY_TOLERANCE, onProgress }: AgreementOptions = {},
): Promise<AgreementReport> {
  const batchSizes = inputs.isDynamic ? [1, 2] : [inputs.batch ?? 1];
  const sums = new Map<string, AgreementSums>();
  const session = await openSession(bytes);
  try {
    for (const [index, batch] of batchSizes.entries()) {
      const feeds = probeValues(graph, inputs, batch, 1 + index);
      const expected = await runEager(model, feeds).catch((error: unknown) => {
        throw new UserError(`--tfjs: TensorFlow.js itself cannot run the model: ${firstLine(error)}`);
      });
      const used = Object.fromEntries(session.inputs.map(({ name }) => [name, feeds[name]!]));
      const actual = await session.run(used);
      for (const [name, tensor] of Object.entries(expected)) {
        const own = sums.get(name) ?? emptySums(tensor.dtype);
        sums.set(name, own);
        const found = actual[name]!;
        if (!sameDims(found, tensor)) {
          throw new Error(
            `checkAgreement: the output "${name}" must have the shape [${tensor.shape}], got [${found.dims}]. This is a defect of the converter.`,
          );
        }
        addAgreement(own, found.data as Float32Array, tensor.dataSync());
      }
      tf.dispose(expected);
      onProgress?.(index + 1, batchSizes.length);
    }
  } finally {
    await session.close();
  }
  const outputs = [...sums].map(([output, own]) => judge(output, own, tolerance));
  return { batchSizes, tolerance, outputs, passed: outputs.every(({ passed }) => passed) };
}
