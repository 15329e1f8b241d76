import { makeConstant } from './constant.ts';
import {
  type Attributes,
  type ConstantArray,
  type Dimension,
  type ElementType,
  type Node,
  sizeOf,
  type Value,
} from './value.ts';

/** Type and shape of one output. */
export interface OutputSpec {
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

/** Constants up to this many bytes are compared by content, larger ones by identity of their array. */
const CONTENT_KEY_BYTES = 4096;

const latin1 = new TextDecoder('latin1');

/** Operators whose result is not determined by their inputs: never merged. */
const RANDOM_OPERATORS = new Set([
  'RandomNormal',
  'RandomUniform',
  'RandomNormalLike',
  'RandomUniformLike',
  'Multinomial',
  'Bernoulli',
]);

/**
 * Records operators as they are asked for. The same operator on the same inputs gives the same value: common subexpressions
 * merge at once. Independent of any one trace, so that a lazy backend can evaluate what is recorded so far and go on.
 */
export class GraphBuilder {
  readonly #ids = new Map<Value | ArrayBufferLike, number>();
  readonly #nodes = new Map<string, Node>();
  readonly #constants = new Map<string, Value>();

  input(name: string, type: ElementType, shape: readonly Dimension[]): Value {
    return { type, shape, source: { kind: 'input', name } };
  }

  constant(type: ElementType, shape: readonly number[], data: ConstantArray, name?: string): Value {
    if (data.length !== sizeOf(shape)) {
      throw new Error(`constant: data must have the shape's ${sizeOf(shape)} elements, got ${data.length}.`);
    }
    const key = `${name ?? ''}|${type}|${shape}|${this.#contentKey(data)}`;
    const known = this.#constants.get(key);
    if (known) return known;
    const value = makeConstant(type, shape, data, name);
    this.#constants.set(key, value);
    return value;
  }

  /** Adds a node, or finds the equal one, and returns its outputs. */
  add(
    op: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly OutputSpec[],
    attributes: Attributes = {},
    domain = '',
  ): Value[] {
    const key = this.#nodeKey(op, inputs, outputs.length, attributes, domain);
    const known = this.#nodes.get(key);
    if (known) return known.outputs;
    const node: Node = { op, domain, inputs, attributes, outputs: [] };
    for (const [index, { type, shape }] of outputs.entries()) {
      node.outputs.push({ type, shape, source: { kind: 'node', node, index } });
    }
    if (!RANDOM_OPERATORS.has(op)) this.#nodes.set(key, node);
    return node.outputs;
  }

  #id(object: Value | ArrayBufferLike): number {
    const known = this.#ids.get(object);
    if (known !== undefined) return known;
    this.#ids.set(object, this.#ids.size);
    return this.#ids.size - 1;
  }

  #contentKey(data: ConstantArray): string {
    if (data.byteLength > CONTENT_KEY_BYTES) return `#${this.#id(data.buffer)}+${data.byteOffset}:${data.byteLength}`;
    return latin1.decode(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  #nodeKey(
    op: string,
    inputs: readonly (Value | undefined)[],
    outputs: number,
    attributes: Attributes,
    domain: string,
  ) {
    const names = Object.keys(attributes).sort();
    const attributeKey = names.map((name) => `${name}=${JSON.stringify(attributes[name])}`).join(',');
    return `${domain}:${op}(${inputs.map((value) => (value ? this.#id(value) : '')).join(',')})${outputs}{${attributeKey}}`;
  }
}
