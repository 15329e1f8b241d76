import { UserError } from '@mfm/cli';
import { makeConstant } from '../graph/constant.ts';
import type { Attribute, Dimension, Graph, Node, Value } from '../graph/value.ts';
import {
  ATTRIBUTE_TYPE,
  type AttributeMessage,
  type ModelMessage,
  ModelProto,
  type ValueInfoMessage,
} from './messages.ts';
import { decodeTensor, elementType } from './tensor-message.ts';

/** A file's content. */
export interface OnnxModel {
  /** Values between nodes have the type float32 and no shape: the file does not say. */
  readonly graph: Graph;
  /** Version of each operator set, '' being the standard one. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly irVersion: number;
  readonly producer: string;
  readonly metadata: Readonly<Record<string, string>>;
}

const utf8 = new TextDecoder();

const READERS: { [K in Attribute['kind']]: (message: AttributeMessage) => Attribute['value'] } = {
  int: ({ i }) => Number(i ?? 0),
  float: ({ f }) => f ?? 0,
  string: ({ s }) => utf8.decode(s ?? new Uint8Array()),
  ints: ({ ints }) => (ints ?? []).map(Number),
  floats: ({ floats }) => floats ?? [],
  strings: ({ strings }) => (strings ?? []).map((text) => utf8.decode(text)),
  tensor: ({ t }) => decodeTensor(t!),
  graph: ({ g }) => g,
};

const KIND_BY_TYPE = new Map(Object.entries(ATTRIBUTE_TYPE).map(([kind, type]) => [type, kind as Attribute['kind']]));

function decodeAttribute(message: AttributeMessage): Attribute {
  const kind = KIND_BY_TYPE.get(message.type);
  if (!kind) throw new Error(`attribute "${message.name}" must be of a known kind, got ${message.type}`);
  return { kind, value: READERS[kind](message) } as Attribute;
}

function decodeInput({ name, type }: ValueInfoMessage): Value {
  const tensor = type?.tensorType;
  if (!tensor) throw new Error(`input "${name}" must be a tensor`);
  const shape: Dimension[] = (tensor.shape?.dim ?? []).map(
    ({ dimValue, dimParam }) => dimParam || Number(dimValue ?? 0),
  );
  return { type: elementType(tensor.elemType), shape, source: { kind: 'input', name } };
}

function decodeGraph({ graph }: ModelMessage): Graph {
  const values = new Map<string, Value>();
  for (const message of graph.initializer ?? []) {
    const { type, shape, data } = decodeTensor(message);
    values.set(message.name ?? '', makeConstant(type, shape, data, message.name ?? ''));
  }
  const inputs = (graph.input ?? []).filter(({ name }) => !values.has(name)).map(decodeInput);
  for (const [index, { name }] of (graph.input ?? []).filter(({ name }) => !values.has(name)).entries())
    values.set(name, inputs[index]!);
  const find = (name: string, reader: string): Value => {
    const value = values.get(name);
    if (!value) throw new Error(`"${reader}" reads "${name}", which no earlier node, input or initializer gives`);
    return value;
  };
  for (const message of graph.node ?? []) {
    const label = message.name || message.opType;
    const attributes = Object.fromEntries((message.attribute ?? []).map((a) => [a.name, decodeAttribute(a)]));
    const operands = (message.input ?? []).map((name) => (name === '' ? undefined : find(name, label)));
    const node: Node = { op: message.opType, domain: message.domain ?? '', inputs: operands, attributes, outputs: [] };
    (message.output ?? []).forEach((name, index) => {
      const value: Value = { type: 'float32', shape: [], source: { kind: 'node', node, index } };
      node.outputs.push(value);
      if (name !== '') values.set(name, value);
    });
  }
  return { inputs, outputs: (graph.output ?? []).map(({ name }) => ({ name, value: find(name, 'the graph output') })) };
}

function decodeMessage(bytes: Uint8Array, label: string): ModelMessage {
  try {
    const message = ModelProto.toObject(ModelProto.decode(bytes), { longs: Number, arrays: true }) as ModelMessage;
    if (!message.graph || !message.opsetImport?.length) throw new Error('it holds no graph');
    return message;
  } catch (error) {
    throw new UserError(
      `readModel: ${label === 'the model' ? label : `"${label}"`} must be an ONNX file: ${(error as Error).message}.`,
    );
  }
}

const toMetadata = ({ metadataProps = [] }: ModelMessage) =>
  Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]));

/**
 * Reads a file's metadata_props, which ONNX Runtime's JavaScript API does not give.
 *
 * @param label the file's name, for messages
 * @throws UserError when the bytes are not an ONNX file
 */
export function readMetadata(bytes: Uint8Array, label = 'the model'): Record<string, string> {
  return toMetadata(decodeMessage(bytes, label));
}

/**
 * Reads an ONNX file.
 *
 * @param label the file's name, for messages
 * @throws UserError when the bytes are not an ONNX file, or one this project cannot hold (with the reason)
 */
export function readModel(bytes: Uint8Array, label = 'the model'): OnnxModel {
  const message = decodeMessage(bytes, label);
  try {
    return {
      graph: decodeGraph(message),
      opsets: Object.fromEntries(message.opsetImport.map(({ domain, version }) => [domain ?? '', Number(version)])),
      irVersion: Number(message.irVersion),
      producer: message.producerName ?? '',
      metadata: toMetadata(message),
    };
  } catch (error) {
    throw new UserError(`readModel: ${label} cannot be read: ${(error as Error).message}.`);
  }
}
