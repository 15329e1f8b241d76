import { checkFile } from '../check/check-model.ts';
import type { Problem } from '../check/findings.ts';
import { dataType, dataTypeName } from '../proto/data-types.ts';
import { isExternal } from '../proto/external-data.ts';
import type { FileGraph, FileNode, FileTensor, FileValueInfo } from '../proto/file-messages.ts';
import { type OnnxFile, withOnnxFile } from '../proto/onnx-file.ts';
import { byteCount, elementCount } from '../proto/read-tensor.ts';
import { MalformedFile } from '../proto/wire-reader.ts';
import { attributeText } from './attribute-text.ts';
import { typeText } from './type-text.ts';

/** How much there is of something. */
export interface TensorTotals {
  readonly tensors: number;
  readonly elements: number;
  readonly bytes: number;
}

export interface NodeSummary {
  readonly name: string;
  /** With its domain, if it is not the standard one: `com.microsoft::FusedMatMul`. */
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Values for people, shortened. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** What is in an ONNX file. */
export interface ModelSummary {
  /** Bytes of the file itself, without external data. */
  readonly bytes: number;
  readonly irVersion: string;
  readonly opsets: readonly { readonly domain: string; readonly version: string }[];
  readonly producer: string;
  readonly modelVersion: string;
  readonly description: string;
  readonly graph: string;
  readonly inputs: readonly { readonly name: string; readonly type: string }[];
  readonly outputs: readonly { readonly name: string; readonly type: string }[];
  readonly metadata: readonly { readonly key: string; readonly value: string }[];
  /** Initializers of the graph and of those within its nodes. */
  readonly parameters: TensorTotals & { readonly types: Readonly<Record<string, TensorTotals>> };
  /** How often each operator is used, sub-graphs included, the most frequent first. */
  readonly operators: readonly { readonly operator: string; readonly count: number }[];
  /** Of the graph itself, in the file's order. */
  readonly nodes: readonly NodeSummary[];
  readonly functions: readonly {
    readonly name: string;
    readonly inputs: number;
    readonly outputs: number;
    readonly nodes: number;
  }[];
  readonly externalData: readonly { readonly location: string; readonly tensors: number; readonly bytes: number }[];
  /** What the checker finds, see `checkModel`. */
  readonly problems: readonly Problem[];
}

const operatorOf = ({ domain, opType = '' }: FileNode): string =>
  domain ? `${domain}::${opType}` : opType || 'no operator';

function summarizeNode(node: FileNode): NodeSummary {
  const attributes = node.attribute.map((attribute) => [attribute.name ?? '', attributeText(attribute)] as const);
  return {
    name: node.name ?? '',
    operator: operatorOf(node),
    inputs: node.input,
    outputs: node.output,
    attributes: Object.fromEntries(attributes),
  };
}

const summarizeValue = ({ name = '', type }: FileValueInfo) => ({ name, type: typeText(type) });

/** A graph, and those in its nodes' attributes. */
function* graphsWithin(graph: FileGraph): Generator<FileGraph> {
  yield graph;
  for (const node of graph.node)
    for (const { g, graphs } of node.attribute)
      for (const inner of g ? [g, ...graphs] : graphs) yield* graphsWithin(inner);
}

/** Elements and bytes as the dimensions say; none where they say nothing possible (the checker tells). */
function sizeOf(tensor: FileTensor): { elements: number; bytes: number } {
  try {
    const elements = elementCount(tensor);
    const type = dataType(tensor.dataType);
    const texts = tensor.stringData.reduce((sum, { begin, end }) => sum + end - begin, 0);
    return { elements, bytes: type?.name === 'string' ? texts : type ? byteCount(type, elements) : 0 };
  } catch (error) {
    if (error instanceof MalformedFile) return { elements: 0, bytes: 0 };
    throw error;
  }
}

const ZERO: TensorTotals = { tensors: 0, elements: 0, bytes: 0 };
const add = (a: TensorTotals, { elements, bytes }: { elements: number; bytes: number }): TensorTotals => ({
  tensors: a.tensors + 1,
  elements: a.elements + elements,
  bytes: a.bytes + bytes,
});

function summarizeTensors(tensors: readonly FileTensor[]): Pick<ModelSummary, 'parameters' | 'externalData'> {
  const types = new Map<string, TensorTotals>();
  const files = new Map<string, TensorTotals>();
  let all = ZERO;
  for (const tensor of tensors) {
    const size = sizeOf(tensor);
    const type = dataTypeName(tensor.dataType);
    all = add(all, size);
    types.set(type, add(types.get(type) ?? ZERO, size));
    if (!isExternal(tensor)) continue;
    const location = tensor.externalData.find(({ key }) => key === 'location')?.value ?? '';
    files.set(location, add(files.get(location) ?? ZERO, size));
  }
  const externalData = [...files].map(([location, { tensors: count, bytes }]) => ({ location, tensors: count, bytes }));
  return { parameters: { ...all, types: Object.fromEntries(types) }, externalData };
}

function countOperators(graphs: readonly FileGraph[]): ModelSummary['operators'] {
  const counts = new Map<string, number>();
  for (const { node } of graphs)
    for (const one of node) counts.set(operatorOf(one), (counts.get(operatorOf(one)) ?? 0) + 1);
  return [...counts]
    .map(([operator, count]) => ({ operator, count }))
    .sort((a, b) => b.count - a.count || (a.operator < b.operator ? -1 : 1));
}

/** Summarises an open file; see {@link inspectModel}. */
export function inspectFile(file: OnnxFile): ModelSummary {
  const { model, source } = file;
  const graph = model.graph!;
  const graphs = [...graphsWithin(graph)];
  const tensors = graphs.flatMap(({ initializer, sparseInitializer }) => [
    ...initializer,
    ...sparseInitializer.flatMap(({ values }) => values ?? []),
  ]);
  return {
    bytes: source.length,
    irVersion: String(model.irVersion ?? 'none'),
    opsets: model.opsetImport.map(({ domain, version }) => ({
      domain: domain || 'ai.onnx',
      version: String(version ?? 'none'),
    })),
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    modelVersion: String(model.modelVersion ?? ''),
    description: model.docString ?? '',
    graph: graph.name ?? '',
    inputs: graph.input.map(summarizeValue),
    outputs: graph.output.map(summarizeValue),
    metadata: model.metadataProps.map(({ key = '', value = '' }) => ({ key, value })),
    ...summarizeTensors(tensors),
    operators: countOperators(graphs),
    nodes: graph.node.map(summarizeNode),
    functions: model.functions.map(({ domain, name, input, output, node }) => ({
      name: `${domain || 'ai.onnx'}::${name ?? ''}`,
      inputs: input.length,
      outputs: output.length,
      nodes: node.length,
    })),
    problems: checkFile(file),
  };
}

/**
 * Says what is in an ONNX file of any kind, and what is wrong with it. Tensors' data are not loaded.
 *
 * @param given a path, beside which external data are looked for, or the file's bytes
 * @param label the file's name, for messages
 * @throws UserError of one line when it cannot be read at all
 */
export function inspectModel(given: string | Uint8Array, label?: string): ModelSummary {
  return withOnnxFile('inspectModel', given, inspectFile, label);
}
