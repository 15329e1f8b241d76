import { ModelProto } from '../proto/messages.ts';

/** A message as protobufjs takes it: names in camelCase, whatever the test wants to be in the file. */
// biome-ignore lint/suspicious/noExplicitAny: tests change any field of any message.
export type Loose = any;

export const tensorType = (dims: (number | string)[], elemType = 1): Loose => ({
  tensorType: {
    elemType,
    shape: { dim: dims.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d })) },
  },
});

export const floats = (name: string, dims: number[], values: number[]): Loose => ({
  name,
  dims,
  dataType: 1,
  rawData: new Uint8Array(Float32Array.from(values).buffer),
});

/** y = Relu(x · w + b), x [batch, 2], w [2, 3]: small, valid, and to be changed by tests. */
export function smallModel(): Loose {
  return {
    irVersion: 8,
    producerName: 'test',
    opsetImport: [{ domain: '', version: 17 }],
    metadataProps: [{ key: 'mean', value: '[0.5]' }],
    graph: {
      name: 'main',
      input: [{ name: 'x', type: tensorType(['batch', 2]) }],
      output: [{ name: 'y', type: tensorType(['batch', 3]) }],
      initializer: [floats('w', [2, 3], [1, 2, 3, 4, 5, 6]), floats('b', [3], [0, 0, 1])],
      node: [
        {
          name: 'gemm',
          opType: 'Gemm',
          input: ['x', 'w', 'b'],
          output: ['h'],
          attribute: [{ name: 'alpha', type: 1, f: 1 }],
        },
        { name: 'relu', opType: 'Relu', input: ['h'], output: ['y'] },
      ],
    },
  };
}

/** A file of any messages, also of such as no writer would write. */
export const modelBytes = (model: Loose): Uint8Array =>
  new Uint8Array(ModelProto.encode(ModelProto.create(model)).finish());

/** The small model with a change. */
export function changed(change: (model: Loose) => void): Uint8Array {
  const model = smallModel();
  change(model);
  return modelBytes(model);
}

/** A length-delimited field on the wire. */
export function field(number: number, content: Uint8Array | string): Uint8Array {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return Uint8Array.of(...varint(8 * number + 2), ...varint(bytes.length), ...bytes);
}

export function varint(value: number): number[] {
  const groups: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...groups, rest];
    groups.push((rest % 128) + 128);
  }
}
