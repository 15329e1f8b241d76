import type { SavedModel } from './saved-model.ts';

/** Attributes of a NodeDef, in the JSON that the TensorFlow.js converter writes. */
export const attribute = {
  int: (value: number) => ({ i: String(value) }),
  float: (value: number) => ({ f: value }),
  bool: (value: boolean) => ({ b: value }),
  string: (value: string) => ({ s: Buffer.from(value).toString('base64') }),
  strings: (values: string[]) => ({ list: { s: values.map((value) => Buffer.from(value).toString('base64')) } }),
  ints: (values: number[]) => ({ list: { i: values.map(String) } }),
  type: (value: string) => ({ type: value }),
  shape: (lengths: number[]) => ({ shape: { dim: lengths.map((size) => ({ size: String(size) })) } }),
};

type Attributes = Record<string, unknown>;
type Dtype = 'float32' | 'int32' | 'bool';

const TYPES: Readonly<Record<Dtype, string>> = { float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL' };
const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** Builds a GraphDef and its weights node by node, as the converter would have written them; every method gives the node's name. */
export class GraphDefBuilder {
  readonly #nodes: { name: string; op: string; input: string[]; attr: Attributes }[] = [];
  readonly #specs: SavedModel['json']['weightsManifest'][number]['weights'] = [];
  readonly #bytes: Uint8Array[] = [];

  op(op: string, input: string[], attr: Attributes = {}, name = `${op}_${this.#nodes.length}`): string {
    this.#nodes.push({ name, op, input, attr });
    return name;
  }

  /** An input; −1 for an open length. */
  placeholder(name: string, shape: number[], dtype: Dtype = 'float32'): string {
    return this.op('Placeholder', [], { shape: attribute.shape(shape), dtype: attribute.type(TYPES[dtype]) }, name);
  }

  constant(values: readonly number[], shape = [values.length], dtype: Dtype = 'float32', name?: string): string {
    const data = ARRAYS[dtype].from(values);
    const constant = this.op('Const', [], { dtype: attribute.type(TYPES[dtype]) }, name);
    this.#specs.push({ name: constant, shape, dtype });
    this.#bytes.push(new Uint8Array(data.buffer));
    return constant;
  }

  ints(values: number[]): string {
    return this.constant(values, [values.length], 'int32');
  }

  scalar(value: number, dtype: Dtype = 'int32'): string {
    return this.constant([value], [], dtype);
  }

  /** A weight of the given shape with varied small values. */
  weight(name: string, shape: number[]): string {
    const size = shape.reduce((product, length) => product * length, 1);
    return this.constant(
      Array.from({ length: size }, (_, i) => 0.6 * Math.sin(1 + 1.7 * i + name.length)),
      shape,
      'float32',
      name,
    );
  }

  /** The model, with a signature where `outputs` names tensors by keys. */
  save(outputs?: Record<string, string>): SavedModel {
    const signature = outputs && {
      outputs: Object.fromEntries(Object.entries(outputs).map(([key, name]) => [key, { name }])),
    };
    return {
      json: {
        format: 'graph-model',
        generatedBy: '2.15.0',
        modelTopology: { node: this.#nodes, versions: { producer: 1087 } },
        ...(signature && { signature }),
        weightsManifest: [{ paths: ['weights.bin'], weights: this.#specs }],
      },
      weights: new Uint8Array(Buffer.concat(this.#bytes)),
    };
  }
}
