import { oneLine, UserError } from '@mfm/cli';
import { makeConstant } from '../graph/constant.ts';
import type { Attribute, Dimension, Graph, Node, Value } from '../graph/value.ts';
import type { FileAttribute, FileGraph, FileNode, FileValueInfo } from './file-messages.ts';
import { ATTRIBUTE_TYPE } from './messages.ts';
import { entriesToRecord, type OnnxFile, withOnnxFile } from './onnx-file.ts';
import { readTensor } from './read-tensor.ts';
import { elementType } from './tensor-message.ts';
import { type Integer, MalformedFile } from './wire-reader.ts';

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

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeText(bytes: Uint8Array | undefined): string {
  try {
    return utf8.decode(bytes ?? new Uint8Array());
  } catch {
    throw new MalformedFile('a text must be UTF-8');
  }
}

/** @throws MalformedFile for a number that JavaScript's would not hold exactly */
function exact(value: Integer | undefined): number {
  if (typeof value === 'bigint') throw new MalformedFile(`whole numbers must be below 2^53, got ${value}`);
  return value ?? 0;
}

const READERS: { [K in Attribute['kind']]: (message: FileAttribute, file: OnnxFile) => Attribute['value'] } = {
  int: ({ i }) => exact(i),
  float: ({ f }) => f ?? 0,
  string: ({ s }) => decodeText(s),
  ints: ({ ints }) => ints.map(exact),
  floats: ({ floats }) => [...floats],
  strings: ({ strings }) => strings.map(decodeText),
  tensor({ t }, { source }) {
    if (!t) throw new MalformedFile('it must hold a tensor');
    return readTensor(source, t);
  },
  graph() {
    throw new MalformedFile('it is a sub-graph, which this project cannot hold');
  },
};

const KIND_BY_TYPE = new Map(Object.entries(ATTRIBUTE_TYPE).map(([kind, type]) => [type, kind as Attribute['kind']]));

/** Runs a step; what it finds wrong is told with its place. */
function within<T>(place: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof MalformedFile) throw new MalformedFile(`${place}: ${error.message}`);
    throw error;
  }
}

function decodeAttribute(message: FileAttribute, file: OnnxFile): Attribute {
  if (message.refAttrName) throw new MalformedFile('it must have a value, got a reference to one of a function');
  const kind = KIND_BY_TYPE.get(message.type ?? 0);
  if (!kind) throw new MalformedFile(`it must be of a kind that this project holds, got ${message.type ?? 'none'}`);
  return { kind, value: READERS[kind](message, file) } as Attribute;
}

function decodeInput({ name = '', type }: FileValueInfo): Value {
  const tensor = type?.tensorType;
  if (!tensor) throw new MalformedFile('it must be a tensor');
  const shape: Dimension[] = (tensor.shape?.dim ?? []).map(({ dimValue, dimParam }) => dimParam || exact(dimValue));
  return { type: elementType(tensor.elemType ?? 0), shape, source: { kind: 'input', name } };
}

/** Values by name while a graph is read: each is given once, and before it is read. */
class Scope {
  readonly #values = new Map<string, Value>();
  readonly #later: ReadonlySet<string>;

  constructor(nodes: readonly FileNode[]) {
    this.#later = new Set(nodes.flatMap(({ output }) => output));
  }

  give(name: string, value: Value): void {
    if (name === '') throw new MalformedFile('every value must have a name');
    if (this.#values.has(name)) throw new MalformedFile(`"${name}" must be given once, and is given again`);
    this.#values.set(name, value);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  find(name: string): Value {
    const value = this.#values.get(name);
    if (value) return value;
    throw new MalformedFile(
      this.#later.has(name)
        ? `it reads "${name}", which a later node gives: nodes must be in order, without a cycle`
        : `it reads "${name}", which no earlier node, input or initializer gives`,
    );
  }
}

function decodeNode(message: FileNode, scope: Scope, file: OnnxFile): void {
  const attributes: Record<string, Attribute> = {};
  for (const attribute of message.attribute)
    attributes[attribute.name ?? ''] = within(`attribute "${attribute.name}"`, () => decodeAttribute(attribute, file));
  const inputs = message.input.map((name) => (name === '' ? undefined : scope.find(name)));
  const node: Node = { op: message.opType ?? '', domain: message.domain ?? '', inputs, attributes, outputs: [] };
  message.output.forEach((name, index) => {
    const value: Value = { type: 'float32', shape: [], source: { kind: 'node', node, index } };
    node.outputs.push(value);
    if (name !== '') scope.give(name, value);
  });
}

function decodeGraph(graph: FileGraph, file: OnnxFile): Graph {
  if (graph.sparseInitializer.length > 0) throw new MalformedFile('sparse initializers cannot be held');
  const scope = new Scope(graph.node);
  for (const message of graph.initializer) {
    const name = message.name ?? '';
    within(`initializer "${name}"`, () => {
      const { type, shape, data } = readTensor(file.source, message);
      scope.give(name, makeConstant(type, shape, data, name));
    });
  }
  // Before IR version 4 initializers are inputs too.
  const inputs = graph.input
    .filter(({ name = '' }) => !scope.has(name))
    .map((message) =>
      within(`input "${message.name ?? ''}"`, () => {
        const value = decodeInput(message);
        scope.give(message.name ?? '', value);
        return value;
      }),
    );
  for (const [index, message] of graph.node.entries())
    within(`node ${message.name ? `"${message.name}"` : index} (${message.opType ?? 'no operator'})`, () =>
      decodeNode(message, scope, file),
    );
  const outputs = graph.output.map(({ name = '' }) =>
    within(`output "${name}"`, () => ({ name, value: scope.find(name) })),
  );
  return { inputs, outputs };
}

/**
 * Reads a file's metadata_props, which ONNX Runtime's JavaScript API does not give.
 *
 * @param given a path (the file is not loaded), or the file's bytes
 * @param label the file's name, for messages
 * @throws UserError when it is not an ONNX file
 */
export function readMetadata(given: string | Uint8Array, label?: string): Record<string, string> {
  return withOnnxFile('readModel', given, ({ model }) => entriesToRecord(model.metadataProps), label);
}

/**
 * Reads an ONNX file as a graph. For files of any kind see `inspectModel` and `checkModel`.
 *
 * @param given a path, beside which external data are found, or the file's bytes
 * @param label the file's name, for messages
 * @throws UserError of one line when it is not an ONNX file, or one this project cannot hold (with the reason)
 */
export function readModel(given: string | Uint8Array, label?: string): OnnxModel {
  return withOnnxFile('readModel', given, (file) => decodeModel(file, label ?? labelOf(given)), label);
}

const labelOf = (given: string | Uint8Array) => (typeof given === 'string' ? given : 'the model');

function decodeModel(file: OnnxFile, label: string): OnnxModel {
  const { model, badTexts } = file;
  try {
    if (badTexts.length > 0) throw new MalformedFile(`texts must be UTF-8, got other bytes in ${badTexts[0]}`);
    if (model.functions.length > 0) throw new MalformedFile('its own functions cannot be held');
    return {
      graph: decodeGraph(model.graph!, file),
      opsets: Object.fromEntries(model.opsetImport.map(({ domain, version }) => [domain ?? '', exact(version)])),
      irVersion: exact(model.irVersion),
      producer: model.producerName ?? '',
      metadata: entriesToRecord(model.metadataProps),
    };
  } catch (error) {
    if (!(error instanceof MalformedFile)) throw error;
    throw new UserError(`readModel: ${oneLine(`${label} cannot be read: ${error.message}`)}.`);
  }
}
