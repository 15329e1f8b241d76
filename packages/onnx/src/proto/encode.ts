import { UserError } from '@mfm/cli';
import { ONNX_TYPE } from '../graph/operators/elementwise.ts';
import { MICROSOFT } from '../graph/operators/linear-algebra.ts';
import { foldConstants } from '../graph/passes/fold-constants.ts';
import { fuseGelu } from '../graph/passes/fuse-gelu.ts';
import { fuseGemm } from '../graph/passes/fuse-gemm.ts';
import { legalize } from '../graph/passes/legalize.ts';
import { countUses, liveConstants, topologicalNodes } from '../graph/topology.ts';
import { type Attribute, type Graph, type Node, staticShape, type Value } from '../graph/value.ts';
import { encodeInside, encodeOutside, type Initializer } from './initializer.ts';
import {
  ATTRIBUTE_TYPE,
  type AttributeMessage,
  GraphProto,
  ModelProto,
  type NodeMessage,
  type ValueInfoMessage,
} from './messages.ts';
import { Names } from './names.ts';
import { encodeTensor } from './tensor-message.ts';
import { uniqueConstants } from './unique-constants.ts';
import { byteLength, joinChunks, lengthDelimited } from './wire.ts';

/** What is written around a graph. */
export interface EncodeOptions {
  /** Operator set, 13 to 23; default 17. */
  readonly opset?: number;
  /** 'standard' (default): operators every runtime has; 'onnxruntime': its own faster ones as well. */
  readonly target?: 'standard' | 'onnxruntime';
  /** Free key/value pairs, `metadata_props`. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly graphName?: string;
  /** Name, relative to the model, of a file for the large tensors' data, which are then not in the model's own. */
  readonly externalDataName?: string;
}

/** A file's content in chunks to be written one after the other; those of large tensors are views of the graph's own constants. */
export interface EncodedModel {
  readonly model: readonly Uint8Array[];
  /** Of the file `externalDataName`; empty without one. */
  readonly externalData: readonly Uint8Array[];
}

const OPSETS = { lowest: 13, default: 17, highest: 23 };

/** The operator set that brought Gelu. */
const GELU_SINCE = 20;

/** The first operator set that came with each IR version (onnx/docs/Versioning.md): the lowest a file may have, for the widest reach. */
const IR_VERSIONS = [
  { opset: 23, ir: 11 },
  { opset: 21, ir: 10 },
  { opset: 19, ir: 9 },
  { opset: 15, ir: 8 },
  { opset: 13, ir: 7 },
];

const irVersionFor = (opset: number) => IR_VERSIONS.find((row) => opset >= row.opset)!.ir;

/** A file of more bytes than this is not protobuf any more: its lengths are 31 bits in many runtimes. */
const LARGEST_FILE = 2 ** 31 - 1;

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

/** Field numbers of onnx.proto. */
const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;

function checkOpset(opset: number): void {
  if (Number.isInteger(opset) && opset >= OPSETS.lowest && opset <= OPSETS.highest) return;
  throw new UserError(`encodeModel: opset must be ${OPSETS.lowest} to ${OPSETS.highest}, got ${opset}.`);
}

/** The graph's constants under their names, each content once. */
function initializersOf(graph: Graph, nodes: readonly Node[], names: Names): Initializer[] {
  const unique = uniqueConstants(liveConstants(graph, nodes));
  const initializers: Initializer[] = [];
  for (const [value, first] of unique) {
    if (value !== first || value.source.kind !== 'constant') continue;
    const { type, source } = value;
    initializers.push({ name: names.constant(value), type, shape: staticShape(value), data: source.data });
  }
  for (const [value, first] of unique) if (value !== first) names.alias(value, first);
  return initializers;
}

/**
 * Writes a graph as an ONNX file, without a copy of its constants.
 *
 * @throws UserError for an operator set that is not supported
 */
export function encodeModelChunks(graph: Graph, options: EncodeOptions = {}): EncodedModel {
  const { opset = OPSETS.default, target = 'standard', metadata = {}, graphName = 'main', externalDataName } = options;
  checkOpset(opset);
  const form = opset >= GELU_SINCE ? fuseGelu(graph) : graph;
  const legal = foldConstants(legalize(fuseGemm(form), { opset, target }));
  const nodes = topologicalNodes(legal);
  const uses = countUses(legal, nodes);
  const names = new Names(legal, nodes);
  const initializers = initializersOf(legal, nodes, names);
  const node = nodes.map((n) => encodeNode(n, names, uses));
  const usesMicrosoft = nodes.some(({ domain }) => domain === MICROSOFT);
  const rest = {
    irVersion: irVersionFor(opset),
    opsetImport: [{ domain: '', version: opset }, ...(usesMicrosoft ? [{ domain: MICROSOFT, version: 1 }] : [])],
    producerName: 'mfm',
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  };
  const graphRest = {
    name: graphName,
    node: [...node, ...identities(legal, names)],
    input: legal.inputs.map((value) => encodeValueInfo(names.value(value), value)),
    output: legal.outputs.map(({ name, value }) => encodeValueInfo(name, value)),
  };
  const external = externalDataName === undefined ? undefined : { name: externalDataName, chunks: [] };
  const tensors = initializers.map((one) => (external ? encodeOutside(one, external) : encodeInside(one)));
  const graphChunks = [
    GraphProto.encode(graphRest).finish(),
    ...tensors.flatMap((tensor) => lengthDelimited(GRAPH_INITIALIZER, tensor)),
  ];
  const model = [ModelProto.encode(rest).finish(), ...lengthDelimited(MODEL_GRAPH, graphChunks)];
  return { model, externalData: external?.chunks ?? [] };
}

/**
 * Writes a graph as the bytes of an ONNX file; {@link writeModel} needs no second copy of the constants.
 *
 * @throws UserError for an operator set that is not supported, and above 2 GB, which takes external data
 */
export function encodeModel(graph: Graph, options: Omit<EncodeOptions, 'externalDataName'> = {}): Uint8Array {
  const { model } = encodeModelChunks(graph, options);
  const bytes = byteLength(model);
  if (bytes > LARGEST_FILE) {
    throw new UserError(
      `encodeModel: a model must be smaller than 2 GB, got ${bytes} bytes. Write it with external data.`,
    );
  }
  return joinChunks(model);
}
