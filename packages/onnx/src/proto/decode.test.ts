import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { topologicalNodes } from '../graph/topology.ts';
import { changed, field, type Loose, modelBytes, smallModel, varint } from '../testing/onnx-bytes.ts';
import { readMetadata, readModel } from './decode.ts';

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mfm-onnx-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const constantsOf = (given: string | Uint8Array) => {
  const { graph } = readModel(given);
  const inputs = topologicalNodes(graph).flatMap(({ inputs }) => inputs);
  return Object.fromEntries(
    inputs.flatMap((value) => (value?.source.kind === 'constant' ? [[value.source.name, value.source.data]] : [])),
  );
};

/** Fields of one kind and depth: an attribute's graph, whose node's attribute has a graph, … */
function nestedGraphs(depth: number): Uint8Array {
  let graph: Uint8Array = field(2, 'g');
  for (let i = 0; i < depth; i++) graph = field(1, field(5, field(6, graph)));
  return field(7, graph);
}

describe('readModel of a file that is broken', () => {
  const cases: [what: string, bytes: () => Uint8Array, message: RegExp][] = [
    [
      'a cycle',
      () => changed((m) => m.graph.node[0].input.splice(0, 1, 'y')),
      /node "gemm" \(Gemm\): it reads "y", which a later node gives/,
    ],
    ['a missing initializer', () => changed((m) => m.graph.initializer.pop()), /it reads "b", which no earlier node/],
    ['a value given twice', () => changed((m) => m.graph.node[1].output.splice(0, 1, 'h')), /"h" must be given once/],
    [
      'an initializer given twice',
      () => changed((m) => m.graph.initializer.push(m.graph.initializer[0])),
      /"w" must be given once/,
    ],
    ['an input given twice', () => changed((m) => m.graph.input.push(m.graph.input[0])), /"x" must be given once/],
    ['an output that nothing gives', () => changed((m) => (m.graph.output[0].name = 'z')), /output "z": it reads "z"/],
    [
      'data of another length',
      () => changed((m) => (m.graph.initializer[0].dims = [2, 4])),
      /8 elements in 32 bytes, got 24 bytes/,
    ],
    [
      'a claim of a terabyte',
      () => changed((m) => (m.graph.initializer[0].dims = [2 ** 38])),
      /274877906944 elements in \d+ bytes, got 24/,
    ],
    [
      'a claim beyond numbers',
      () => changed((m) => (m.graph.initializer[0].dims = [2 ** 40, 2 ** 40])),
      /dimensions must be possible/,
    ],
    ['a negative dimension', () => changed((m) => (m.graph.initializer[0].dims = [-2, -3])), /must not be negative/],
    ['texts as weights', () => changed((m) => (m.graph.initializer[0].dataType = 8)), /must be in string_data/],
    [
      'an unknown type',
      () => changed((m) => (m.graph.initializer[0].dataType = 77)),
      /must have an element type, got type 77/,
    ],
    [
      'a type that is not computed with',
      () => changed((m) => Object.assign(m.graph.initializer[0], { dataType: 16, rawData: new Uint8Array(12) })),
      /got bfloat16/,
    ],
    [
      'an input that is no tensor',
      () => changed((m) => (m.graph.input[0].type = { sequenceType: {} })),
      /input "x": it must be a tensor/,
    ],
    [
      'an attribute of no kind',
      () => changed((m) => (m.graph.node[0].attribute[0].type = 0)),
      /attribute "alpha": it must be of a kind/,
    ],
    ['a missing tensor', () => changed((m) => (m.graph.node[0].attribute[0].type = 4)), /it must hold a tensor/],
    [
      'a sub-graph',
      () => changed((m) => Object.assign(m.graph.node[0].attribute[0], { type: 5, g: { name: 'g' } })),
      /it is a sub-graph/,
    ],
    [
      'texts that are not UTF-8',
      () => field(7, field(2, Uint8Array.of(0xff, 0xfe))),
      /must be UTF-8, got other bytes in GraphProto\.name at byte 4/,
    ],
    ['messages without end', () => nestedGraphs(40), /nested more than 64 deep at byte/],
    [
      'a length beyond the end',
      () => Uint8Array.of(8 * 7 + 2, ...varint(2 ** 50), 1),
      /claims 1125899906842624 bytes where 1 are left at byte 1/,
    ],
    ['a number without end', () => new Uint8Array(20).fill(0xff), /more than ten bytes at byte 0/],
    ['a number cut short', () => Uint8Array.of(8, 0x80), /ends in the middle of a number/],
    [
      'a field of another type',
      () => Uint8Array.of(8 * 7, 1),
      /ModelProto\.graph must be a message, got the wire type 0/,
    ],
    ['field number 0', () => Uint8Array.of(2, 0), /a field has the number 0/],
    ['no graph', () => Uint8Array.of(8, 8), /it holds no graph/],
    ['external data of bytes', () => changed(makeExternal('w.bin')), /give the model's path instead of its bytes/],
  ];

  it.each(cases)('says so of %s, in one line', (_, bytes, message) => {
    let caught: Error | undefined;
    try {
      readModel(bytes(), 'broken.onnx');
    } catch (error) {
      caught = error as Error;
    }
    expect(caught?.message).toMatch(message);
    expect(caught?.name).toBe('UserError');
    expect(caught?.message).toMatch(/^readModel: .*broken\.onnx/);
    expect(caught?.message).not.toContain('\n');
  });

  it('keeps control characters of names out of the message', () => {
    const bytes = changed((m) => (m.graph.node[0].input[0] = 'a\nb\u001b[31m'));
    expect(() => readModel(bytes)).toThrow(/it reads "a\ufffdb\ufffd\[31m"/);
  });
});

describe('whole numbers', () => {
  it('are exact beyond 2^53 in constants, and an error in attributes', () => {
    const big = { low: 1, high: 0x200000, unsigned: false };
    const constants = changed((m) => {
      m.graph.initializer[0] = { name: 'w', dims: [2], dataType: 7, int64Data: [big, -5] };
    });
    expect(constantsOf(constants).w).toEqual(BigInt64Array.of(2n ** 53n + 1n, -5n));
    const attribute = changed((m) => (m.graph.node[0].attribute[0] = { name: 'axis', type: 2, i: big }));
    expect(() => readModel(attribute)).toThrow(
      /attribute "axis": whole numbers must be below 2\^53, got 9007199254740993/,
    );
  });
});

describe('typed fields', () => {
  const float32 = Float32Array.of(1, -2, 0.5, 4, 5, 6);
  const cases: [string, Loose, ArrayLike<number | bigint>][] = [
    ['float_data', { dataType: 1, floatData: [...float32] }, float32],
    ['double_data', { dataType: 11, doubleData: [...float32] }, Float64Array.from(float32)],
    ['int32_data of int32', { dataType: 6, int32Data: [1, -2, 3, 4, 5, 6] }, Int32Array.of(1, -2, 3, 4, 5, 6)],
    ['int32_data of int8', { dataType: 3, int32Data: [1, -2, 3, 4, 5, 6] }, Int8Array.of(1, -2, 3, 4, 5, 6)],
    [
      'int32_data of float16',
      { dataType: 10, int32Data: [15360, 0, 1, 2, 3, 65535] },
      Uint16Array.of(15360, 0, 1, 2, 3, 65535),
    ],
    ['int32_data of bool', { dataType: 9, int32Data: [1, 0, 1, 1, 0, 0] }, Uint8Array.of(1, 0, 1, 1, 0, 0)],
  ];
  it.each(cases)('read %s', (_, tensor, expected) => {
    const bytes = changed((m) => (m.graph.initializer[0] = { name: 'w', dims: [2, 3], ...tensor }));
    expect(constantsOf(bytes).w).toEqual(expected);
  });

  it('must fit the type, be alone, and be complete', () => {
    const reading = (tensor: Loose) => () =>
      readModel(changed((m) => (m.graph.initializer[0] = { name: 'w', dims: [2], ...tensor })));
    expect(reading({ dataType: 7, floatData: [1, 2] })).toThrow(/int64 must be in int64Data, got floatData/);
    expect(reading({ dataType: 1, floatData: [1, 2], rawData: new Uint8Array(8) })).toThrow(
      /one place, got rawData and floatData/,
    );
    expect(reading({ dataType: 7, int64Data: [2 ** 40] })).toThrow(/2 elements in 2 numbers, got 1/);
    expect(reading({ dataType: 1 })).toThrow(/2 elements, got no data/);
  });
});

const makeExternal =
  (location: string, rest: Record<string, string> = {}) =>
  (model: Loose) => {
    const entries = Object.entries({ location, ...rest }).map(([key, value]) => ({ key, value }));
    model.graph.initializer[0] = { name: 'w', dims: [2, 3], dataType: 1, dataLocation: 1, externalData: entries };
  };

describe('external data', () => {
  const values = Float32Array.of(1, 2, 3, 4, 5, 6);
  const written = (location: string, rest?: Record<string, string>) => {
    writeFileSync(at('model.onnx'), changed(makeExternal(location, rest)));
    return at('model.onnx');
  };
  beforeAll(() => {
    writeFileSync(at('w.bin'), new Uint8Array(Float32Array.of(0, ...values).buffer));
    symlinkSync('/etc/hostname', at('link.bin'));
  });

  it('are read from beside the model', () => {
    expect(constantsOf(written('w.bin', { offset: '4', length: '24' })).w).toEqual(values);
    expect(constantsOf(written('w.bin', { offset: '4' })).w).toEqual(values);
  });

  const refused: [string, Record<string, string> | undefined, RegExp][] = [
    ['../w.bin', undefined, /below the model's folder, got "\.\.\/w\.bin"/],
    ['a/../../w.bin', undefined, /below the model's folder/],
    ['/etc/passwd', undefined, /relative path, got "\/etc\/passwd"/],
    ['C:\\secret', undefined, /relative path/],
    ['\\\\server\\share', undefined, /relative path/],
    ['', undefined, /relative path, got ""/],
    ['link.bin', undefined, /must be a file, and no link/],
    ['.', undefined, /must be a file/],
    ['nowhere.bin', undefined, /"nowhere\.bin" must be a file beside the model, and is missing/],
    ['w.bin', { offset: '8', length: '24' }, /from byte 8 to 32, which ends at 28/],
    ['w.bin', { length: '9999999999999' }, /24 bytes for its shape, got 9999999999999/],
    ['w.bin', { offset: '-1' }, /offset of its external data must be a whole number, got "-1"/],
    ['w.bin', { offset: '1e99' }, /must be a whole number/],
  ];
  it.each(refused)('are refused at "%s" %j', (location, rest, message) => {
    const path = written(location, rest);
    expect(() => readModel(path)).toThrow(message);
  });
});

describe('a file larger than one buffer', () => {
  it('is not loaded for what stands around its tensors', () => {
    const size = 3e9;
    const tensor = [8, ...varint(size / 4), 16, 1, ...field(8, 'w'), 8 * 9 + 2, ...varint(size)];
    const graphHead = [...field(2, 'main'), 8 * 5 + 2, ...varint(tensor.length + size), ...tensor];
    const entry = field(14, Uint8Array.of(...field(1, 'key'), ...field(2, 'value')));
    const head = Uint8Array.of(
      8,
      8,
      ...field(8, Uint8Array.of(16, 17)),
      ...entry,
      8 * 7 + 2,
      ...varint(graphHead.length + size),
      ...graphHead,
    );
    writeFileSync(at('large.onnx'), head);
    // Zeros that take no room on the disk.
    truncateSync(at('large.onnx'), head.length + size);
    const before = process.memoryUsage().rss;
    expect(readMetadata(at('large.onnx'))).toEqual({ key: 'value' });
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });
});

describe('a path', () => {
  it('gives what its bytes give', () => {
    const bytes = modelBytes({ ...smallModel(), docString: 'x'.repeat(200_000) });
    writeFileSync(at('small.onnx'), bytes);
    expect(readModel(at('small.onnx'))).toEqual(readModel(bytes));
    expect(constantsOf(at('small.onnx'))).toEqual({
      w: Float32Array.of(1, 2, 3, 4, 5, 6),
      b: Float32Array.of(0, 0, 1),
    });
  });

  it('that cannot be read is told', () => {
    expect(() => readModel(at('nowhere.onnx'))).toThrow(/^readModel: .*nowhere\.onnx: no such file\.$/);
    expect(() => readModel(folder)).toThrow(/is not a file|is a folder/);
  });
});

describe('initializers that are inputs as well', () => {
  it('are constants', () => {
    const bytes = changed((m) => m.graph.input.push({ name: 'w', type: m.graph.input[0].type }));
    expect(readModel(bytes).graph.inputs).toHaveLength(1);
  });
});
