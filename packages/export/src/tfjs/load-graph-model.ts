import { UserError } from '@mfm/cli';
import { GraphModel } from '@tensorflow/tfjs-converter';
import type { Tensor } from '@tensorflow/tfjs-core';
import { checkGraphTopology, parseSignature, type Signature } from './graph-topology.ts';
import type { ModelFile } from './model-file.ts';
import type { TfjsInput, TfjsModel } from './tfjs-model.ts';

/** What TensorFlow.js computes with for the types that a signature or placeholder may have. */
const DTYPES: Readonly<Record<string, TfjsInput['dtype']>> = {
  float32: 'float32',
  int32: 'int32',
  bool: 'bool',
  DT_FLOAT: 'float32',
  DT_INT32: 'int32',
  DT_INT64: 'int32',
  DT_UINT8: 'int32',
  DT_BOOL: 'bool',
};

interface TensorInfo {
  readonly name: string;
  readonly shape?: readonly number[] | undefined;
  readonly dtype?: string | undefined;
}

/** The shape in a signature: {dim: [{size: "-1"}, …]}. */
function signatureShape(entry: unknown): number[] | undefined {
  const dims = (entry as { tensorShape?: { dim?: { size?: string | number }[] } } | undefined)?.tensorShape?.dim;
  return Array.isArray(dims) ? dims.map((dim) => Number(dim?.size ?? -1)) : undefined;
}

function toInput(
  { shape, dtype = 'float32' }: TensorInfo,
  name: string,
  signature: Signature | undefined,
  path: string,
): TfjsInput {
  const known = DTYPES[dtype];
  if (known === undefined)
    throw new UserError(`${path}: inputs must be numbers or booleans, got ${dtype} for "${name}".`);
  const lengths = Array.isArray(shape) ? shape : signatureShape(signature?.inputs?.[name]);
  if (lengths?.some((length) => !Number.isInteger(length)))
    throw new UserError(`${path}: the shape of the input "${name}" must hold whole numbers, got [${lengths}].`);
  return { name, shape: lengths?.map((length) => (length < 0 ? null : length)), dtype: known };
}

/**
 * Builds a GraphModel from its file. Inputs and outputs have the signature's names, or their nodes' where there is none.
 *
 * @throws UserError for a damaged topology, and listing every op that does not convert
 */
export async function loadGraph(file: ModelFile): Promise<TfjsModel> {
  const { topology, specs, weightData, path, userDefinedMetadata } = file;
  const signature = parseSignature(userDefinedMetadata?.signature ?? file.signature, path);
  const nodes = checkGraphTopology(topology, signature, new Set(specs.map(({ name }) => name)), path);
  // Old files have no versions, which TensorFlow.js reads.
  const modelTopology = { ...topology, versions: topology.versions ?? {} };
  const artifacts = {
    modelTopology,
    weightSpecs: [...specs],
    weightData,
    ...(signature && { signature: signature as never }),
  };
  const model = new GraphModel({ load: () => artifacts });
  model.load();
  const outputs =
    signature?.outputs && Object.keys(signature.outputs).length > 0
      ? Object.keys(signature.outputs)
      : model.outputNodes;
  const needed = new Set(nodes.map(({ name }) => name));
  const inputs = model.inputs
    .map((info, index) => ({ info, key: model.inputNodes[index]! }))
    .filter(({ info }) => needed.has(info.name));
  const floats = Object.entries(model.weights).filter(([, [weight]]) => weight?.dtype === 'float32');
  return {
    inputs: inputs.map(({ info, key }) => toInput(info as TensorInfo, key, signature, path)),
    outputs,
    // Whole numbers are shapes, axes and indices: constants, which fold.
    weights: Object.fromEntries(floats.map(([name, [weight]]) => [name, weight!])),
    run(fed) {
      const results = [model.execute({ ...fed }, outputs) as Tensor | Tensor[]].flat();
      return Object.fromEntries(results.map((tensor, index) => [outputs[index]!, tensor]));
    },
    dispose: () => model.dispose(),
  };
}
