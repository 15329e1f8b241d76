/** Element types of graph values, named as in ONNX Runtime's JavaScript API. */
export type ElementType = 'float32' | 'float64' | 'float16' | 'int64' | 'int32' | 'int8' | 'uint8' | 'uint16' | 'bool';

/** A fixed length, or the name of a length that is known only when the model runs. */
export type Dimension = number | string;

/** Raw values of a constant; int64 as BigInt64Array, bool as 0/1 bytes, float16 as its bits. */
export type ConstantArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Int8Array
  | Uint16Array;

/** An attribute of a node, tagged by its ONNX kind since JavaScript has one number type. */
export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: { type: ElementType; shape: readonly number[]; data: ConstantArray } }
  | { readonly kind: 'graph'; readonly value: unknown };

export type Attributes = Readonly<Record<string, Attribute>>;

/** Where a value comes from. */
export type Source =
  | { readonly kind: 'input'; readonly name: string }
  | {
      readonly kind: 'constant';
      readonly data: ConstantArray;
      /** Name of the initializer: a parameter's. */
      readonly name?: string;
      /** The one number that all elements have, where they are known to be equal. */
      readonly uniform?: number;
    }
  | { readonly kind: 'node'; readonly node: Node; readonly index: number };

/** An edge of the graph: a tensor of known type and shape. */
export interface Value {
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
  readonly source: Source;
}

/** One operator application. `undefined` inputs are ONNX's omitted optional ones. */
export interface Node {
  readonly op: string;
  /** '' for standard operators, 'com.microsoft' for ONNX Runtime's own. */
  readonly domain: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Attributes;
  readonly outputs: Value[];
}

/** A complete program: what it takes, what it gives; its nodes are found by walking back from the outputs. */
export interface Graph {
  readonly inputs: readonly Value[];
  readonly outputs: readonly { readonly name: string; readonly value: Value }[];
}

export const int = (value: number): Attribute => ({ kind: 'int', value });
export const float = (value: number): Attribute => ({ kind: 'float', value });
export const string = (value: string): Attribute => ({ kind: 'string', value });
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value });

/** Shape of a value whose dimensions must all be numbers. */
export function staticShape(value: Value): number[] {
  return value.shape.map((dimension) => {
    if (typeof dimension === 'string') throw new Error(`staticShape: dimensions must be fixed, got "${dimension}".`);
    return dimension;
  });
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

export const sameShape = (a: readonly Dimension[], b: readonly Dimension[]): boolean =>
  a.length === b.length && a.every((length, axis) => length === b[axis]);
