import { UserError } from '@mfm/cli';
import { ONNX_TYPE } from '../graph/operators/elementwise.ts';
import { MICROSOFT } from '../graph/operators/linear-algebra.ts';
import { fuseGemm } from '../graph/passes/fuse-gemm.ts';
import { legalize } from '../graph/passes/legalize.ts';
import { countUses, liveConstants, topologicalNodes } from '../graph/topology.ts';
import type { Attribute, Graph, Node, Value } from '../graph/value.ts';
import {
  ATTRIBUTE_TYPE,
  type AttributeMessage,
  ModelProto,
  type NodeMessage,
  type ValueInfoMessage,
} from './messages.ts';
import { Names } from './names.ts';
import { encodeTensor } from './tensor-message.ts';

/** What is written around a graph. */
export interface EncodeOptions {
  /** Operator set, 17 (default) to 21. */
  readonly opset?: number;
  /** 'standard' (default): operators every runtime has; 'onnxruntime': its own faster ones as well. */
  readonly target?: 'standard' | 'onnxruntime';
  /** Free key/value pairs, `metadata_props`. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly graphName?: string;
}

const OPSETS = { lowest: 17, highest: 21 };

/** The lowest IR version that an operator set may come with, for the widest reach. */
const irVersionFor = (opset: number) => (opset >= 21 ? 10 : opset >= 19 ? 9 : 8);

const utf8 = new TextEncoder();

const ATTRIBUTE_FIELDS: { [K in Attribute['kind']]: (value: never) => Partial<AttributeMessage> } = {
  int: (i: number) => ({ i }),
  float: (f: number) => ({ f }),
  string: (s: string) => ({ s: utf8.encode(s) }),
  ints: (ints: number[]) => ({ ints }),
  floats: (floats: number[]) => ({ floats }),
  strings: (strings: string[]) => ({ strings: strings.map((s) => utf8.encode(s)) }),
  tensor: ({ type, shape, data }: Extract<Attribute, { kind: 'tensor' }>['value']) => ({
    t: encodeTensor('', type, shape, data),
  }),
  graph: (g: unknown) => ({ g }),
};

function encodeAttribute(name: string, attribute: Attribute): AttributeMessage {
  return { name, type: ATTRIBUTE_TYPE[attribute.kind], ...ATTRIBUTE_FIELDS[attribute.kind](attribute.value as never) };
}

function encodeValueInfo(name: string, value: Value): ValueInfoMessage {
  const dim = value.shape.map((length) => (typeof length === 'string' ? { dimParam: length } : { dimValue: length }));
  return { name, type: { tensorType: { elemType: ONNX_TYPE[value.type], shape: { dim } } } };
}

/** Operators whose outputs after the first are left out when nothing reads them: some runtimes reject LayerNormalization with three. */
const OPTIONAL_OUTPUTS = new Set(['LayerNormalization', 'MaxPool', 'Dropout', 'BatchNormalization']);

function encodeNode(node: Node, names: Names, uses: ReadonlyMap<Value, number>): NodeMessage {
  const name = names.node(node);
  let count = node.outputs.length;
  while (OPTIONAL_OUTPUTS.has(node.op) && count > 1 && !uses.has(node.outputs[count - 1]!)) count--;
  const output = node.outputs.slice(0, count).map((value) => names.value(value));
  const attribute = Object.entries(node.attributes).map(([key, value]) => encodeAttribute(key, value));
  return {
    name,
    opType: node.op,
    domain: node.domain,
    input: node.inputs.map((value) => names.value(value)),
    output,
    attribute,
  };
}

/** Outputs that are an input, a constant or another output's value need a node of their own. */
function identities(graph: Graph, names: Names): NodeMessage[] {
  const nodes: NodeMessage[] = [];
  for (const { name, value } of graph.outputs) {
    const source = names.value(value);
    if (source !== name)
      nodes.push({ name: `/${name}/Identity`, opType: 'Identity', input: [source], output: [name], attribute: [] });
  }
  return nodes;
}

/**
 * Writes a graph as an ONNX file.
 *
 * @returns the file's bytes
 * @throws UserError for an operator set that is not supported
 */
export function encodeModel(graph: Graph, options: EncodeOptions = {}): Uint8Array {
  const { opset = OPSETS.lowest, target = 'standard', metadata = {}, graphName = 'main' } = options;
  if (!Number.isInteger(opset) || opset < OPSETS.lowest || opset > OPSETS.highest) {
    throw new UserError(`encodeModel: opset must be ${OPSETS.lowest} to ${OPSETS.highest}, got ${opset}.`);
  }
  const legal = legalize(fuseGemm(graph), { opset, target });
  const nodes = topologicalNodes(legal);
  const uses = countUses(legal, nodes);
  const names = new Names(legal);
  const initializer = liveConstants(legal, nodes).map((value) => {
    if (value.source.kind !== 'constant') throw new Error('encodeModel: must be a constant.');
    return encodeTensor(names.constant(value), value.type, value.shape as number[], value.source.data);
  });
  const node = nodes.map((n) => encodeNode(n, names, uses));
  const usesMicrosoft = nodes.some(({ domain }) => domain === MICROSOFT);
  const message = {
    irVersion: irVersionFor(opset),
    opsetImport: [{ domain: '', version: opset }, ...(usesMicrosoft ? [{ domain: MICROSOFT, version: 1 }] : [])],
    producerName: 'mfm',
    graph: {
      name: graphName,
      node: [...node, ...identities(legal, names)],
      initializer,
      input: legal.inputs.map((value) => encodeValueInfo(names.value(value), value)),
      output: legal.outputs.map(({ name, value }) => encodeValueInfo(name, value)),
    },
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  };
  return ModelProto.encode(message).finish();
}
