import { UserError } from '@mfm/cli';
import {
  encodeModel,
  type Graph,
  sinkTransposes,
  type TraceOptions,
  topologicalNodes,
  trace,
  traceDynamicBatch,
  type Value,
} from '@mfm/onnx';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { requireValid, type Target } from '../export-model.ts';
import { packageVersions } from '../versions.ts';
import { type AgreementOptions, type AgreementReport, checkAgreement } from './check-agreement.ts';
import { type ResolvedInputs, resolveInputs, type ShapeOptions } from './input-shapes.ts';
import { loadGraph } from './load-graph-model.ts';
import { loadLayers } from './load-layers-model.ts';
import { blameFile } from './model-error.ts';
import { type ModelFile, readModelFile, type TfjsFormat } from './model-file.ts';
import type { TfjsModel } from './tfjs-model.ts';
import { uniqueNames } from './unique-names.ts';

export interface ConvertOptions extends ShapeOptions, AgreementOptions {
  /** ONNX operator set. Default 17. */
  readonly opset?: number;
  /** `standard` (default): operators every runtime has; `onnxruntime`: its own faster ones as well. */
  readonly target?: Target;
}

/** One input or output of the ONNX file. */
export interface ConvertedValue {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

export interface ConvertResult {
  /** The ONNX file's content. */
  readonly bytes: Uint8Array;
  readonly format: TfjsFormat;
  readonly opset: number;
  readonly sourceSha256: string;
  readonly inputs: readonly ConvertedValue[];
  readonly outputs: readonly ConvertedValue[];
  readonly parameterCount: number;
  readonly parity: AgreementReport;
}

const LOADERS: Readonly<Record<TfjsFormat, (file: ModelFile) => Promise<TfjsModel>>> = {
  'layers-model': loadLayers,
  'graph-model': loadGraph,
};

/** Elements above which an intermediate value is a mistake of the file: 2 GB of float32. */
const LARGEST_VALUE = 2 ** 29;

/** Weights by the names of their initializers, which must differ from inputs and outputs. */
function captured({ weights, inputs, outputs }: TfjsModel): TraceOptions['captured'] {
  const taken = [...inputs.map(({ name }) => name), ...outputs];
  const names = uniqueNames(Object.keys(weights), taken);
  return Object.fromEntries(Object.values(weights).map((tensor, index) => [names[index]!, tensor]));
}

function traceModel(model: TfjsModel, { specs, isDynamic }: ResolvedInputs): Graph {
  const options = { captured: captured(model) };
  if (!isDynamic) return trace((inputs) => model.run(inputs), specs, options);
  try {
    return traceDynamicBatch((inputs) => model.run(inputs), specs, options);
  } catch (error) {
    // Not every model treats images independently; a fixed batch is what is left.
    if (error instanceof UserError && error.message.startsWith('traceDynamicBatch')) {
      throw new UserError(`${error.message} Add --batch 1 (or another number) to fix it.`);
    }
    throw error;
  }
}

/** What TensorFlow.js computes with without complaint, and no file can say: strides of 1.5, kernels of undefined lengths. */
const isLength = (n: unknown) => Number.isInteger(n) && Math.abs(Number(n)) < 2 ** 31;

function checkSizes(graph: Graph, path: string): void {
  for (const { op, outputs, attributes } of topologicalNodes(graph)) {
    for (const [name, attribute] of Object.entries(attributes)) {
      if (attribute.kind === 'ints' && !attribute.value.every(isLength))
        throw new UserError(`${path}: ${name} of ${op} must be whole numbers, got [${attribute.value}].`);
    }
    for (const { shape } of outputs) {
      const size = shape.reduce<number>((product, length) => product * (typeof length === 'number' ? length : 2), 1);
      if (!(size <= LARGEST_VALUE))
        throw new UserError(`${path}: values must have at most 2^29 elements, got [${shape}] from ${op}.`);
    }
  }
}

function metadataOf(file: ModelFile): Record<string, string> {
  return {
    source: 'tfjs',
    source_format: file.format,
    source_sha256: file.sha256,
    ...(file.generatedBy && { generated_by: file.generatedBy }),
    ...(file.convertedBy && { converted_by: file.convertedBy }),
    versions: JSON.stringify(packageVersions()),
  };
}

const described = (name: string, { type, shape }: Value): ConvertedValue => ({ name, type, shape });

/** A model that is read and recorded, but not yet written. */
export interface PreparedModel {
  readonly file: ModelFile;
  /** To be disposed of by the caller. */
  readonly model: TfjsModel;
  readonly inputs: ResolvedInputs;
  readonly graph: Graph;
}

/**
 * Reads a saved TensorFlow.js model and records it as a graph.
 *
 * @throws UserError as {@link convertTfjsModel}
 */
export async function prepareTfjsModel(path: string, options: ShapeOptions = {}): Promise<PreparedModel> {
  const file = await readModelFile(path);
  await tf.setBackend('cpu');
  const model = await blameFile(path, 'load', () => LOADERS[file.format](file));
  try {
    const inputs = resolveInputs(model.inputs, options);
    const graph = sinkTransposes(await blameFile(path, 'run', () => traceModel(model, inputs)));
    checkSizes(graph, path);
    return { file, model, inputs, graph };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/**
 * Converts a saved TensorFlow.js model to ONNX and compares the two. Inputs, outputs and initializers keep the model's own names; data keep
 * the model's own layout (images NHWC).
 *
 * @param path of `model.json`, with its weight files beside it
 * @throws UserError for a damaged file, layers or ops that do not convert (all of them by name), open lengths that no option fills
 * @throws Error when an output differs from the TensorFlow.js model's by more than the tolerance
 */
export async function convertTfjsModel(path: string, options: ConvertOptions = {}): Promise<ConvertResult> {
  const { opset = 17, target = 'standard' } = options;
  const { file, model, inputs, graph } = await prepareTfjsModel(path, options);
  try {
    const bytes = encodeModel(graph, { opset, target, metadata: metadataOf(file) });
    requireValid(bytes);
    const parity = await checkAgreement(bytes, model, graph, inputs, options);
    if (!parity.passed) throw new Error(describeFailure(parity));
    return {
      bytes,
      format: file.format,
      opset,
      sourceSha256: file.sha256,
      inputs: graph.inputs.map((value) => described(value.source.kind === 'input' ? value.source.name : '', value)),
      outputs: graph.outputs.map(({ name, value }) => described(name, value)),
      parameterCount: Object.values(model.weights).reduce((sum, { size }) => sum + size, 0),
      parity,
    };
  } finally {
    model.dispose();
  }
}

function describeFailure({ outputs, tolerance }: AgreementReport): string {
  const worst = outputs
    .filter(({ passed }) => !passed)
    .map(({ output, maxAbsolute }) => `${maxAbsolute.toExponential(2)} for ${output}`);
  return (
    `convertTfjsModel: every output must be within ${tolerance} of the TensorFlow.js model's, got ${worst.join(', ')}. ` +
    'Nothing was written. This is a bug: please report it with the model.'
  );
}
