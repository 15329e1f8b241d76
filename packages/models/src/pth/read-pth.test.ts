import { describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import {
  call,
  dict,
  global,
  int,
  legacyCheckpoint,
  list,
  none,
  object,
  type Pickled,
  storage,
  tensor,
  text,
  tuple,
  yes,
  zipCheckpoint,
  zipOf,
} from '../testing/pth-writer.ts';
import { torchFile } from '../testing/torch-files.ts';
import type { PthTensor, PthValue } from './pth-value.ts';
import { readPth } from './read-pth.ts';

const FORMATS = [
  ['zip', zipCheckpoint],
  ['older', legacyCheckpoint],
] as const;

const asMap = (value: PthValue | undefined) => value as Map<string, PthValue>;
const at = (value: PthValue, name: string) => asMap(value).get(name) as PthTensor;
const values = (value: PthValue, name: string) => Array.from(at(value, name).data, Number);

const STORAGES = { '0': Float32Array.from([1, 2, 3, 4, 5, 6]), '1': Float32Array.from([7]) };
const shared = storage('Float', '0', 6);
const orderedDict = global('collections', 'OrderedDict');

/** A checkpoint with a little of everything. */
const SAMPLE = dict({
  model: [
    ...call(orderedDict),
    ...[0x28, ...text('a'), ...tensor(shared, [2, 3], [3, 1]), ...text('b'), ...tensor(shared, [3, 2], [1, 3]), 0x75],
  ],
  single: tensor(storage('Float', '1', 1, none), [], []),
  config: object(global('yacs.config', 'CfgNode'), { __immutable__: yes }),
  args: object(global('argparse', 'Namespace'), { lr: [0x47, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0] }),
  names: call(global('__builtin__', 'set'), list(text('x'), text('y'))),
  list: list(none, int(2 ** 40), tuple(yes)),
});

describe.each(FORMATS)('readPth of the %s format', (_, write) => {
  it('builds dictionaries, objects, sets, lists and tensors', async () => {
    const value = asMap(await readPth(write(SAMPLE, STORAGES)));
    expect([...value.keys()]).toEqual(['model', 'single', 'config', 'args', 'names', 'list']);
    const model = value.get('model')!;
    expect(at(model, 'a')).toEqual({ shape: [2, 3], type: 'F32', data: STORAGES['0'] });
    expect(at(model, 'b')).toEqual({ shape: [3, 2], type: 'F32', data: Float32Array.from([1, 4, 2, 5, 3, 6]) });
    expect(at(value, 'single')).toEqual({ shape: [], type: 'F32', data: STORAGES['1'] });
    expect(value.get('config')).toEqual(new Map());
    expect(value.get('args')).toEqual(new Map([['lr', 0.5]]));
    expect(value.get('names')).toEqual(new Set(['x', 'y']));
    expect(value.get('list')).toEqual([null, 2 ** 40, [true]]);
  });

  it('refuses a global that is not on the list by its name, however it is written', async () => {
    const stackGlobal = [...text('posix'), ...text('system'), 0x93];
    for (const callee of [global('posix', 'system'), stackGlobal]) {
      const attack = readPth(write(call(callee, text('false'))));
      await expect(attack).rejects.toThrow(UserError);
      await expect(attack).rejects.toThrow(/names "posix\.system", which is not on the list .* nothing of it was run/);
    }
    // A name of JavaScript's own is as unknown as any.
    await expect(readPth(write(global('__proto__', 'constructor')))).rejects.toThrow(/names "__proto__\.constructor"/);
  });

  const many = (count: number, part: Pickled) => Array.from({ length: count }, () => part).flat();
  const hostile: [string, RegExp, Pickled, Record<string, Float32Array>?][] = [
    [
      'a storage larger than the file',
      /than its tensors|more than the file|another length/,
      tensor(storage('Float', '0', 2 ** 40), [1], [1]),
    ],
    ['a view beyond its storage', /reaches beyond its storage of 6/, tensor(shared, [2, 3], [3, 2]), STORAGES],
    [
      'a view of far more elements',
      /far more than the file/,
      tensor(shared, [2 ** 20, 2 ** 20], [0, 0]),
      { '0': STORAGES['0'] },
    ],
    ['a list that contains itself', /contains itself/, [0x5d, 0x71, 0, 0x68, 0, 0x61]],
    ['deep nesting', /deeper than 100 levels/, [...none, ...many(1000, [0x85])]],
    ['lists that double over and over', /deeper than 100 levels/, [...none, ...many(101, [0x32, 0x86])]],
    [
      'the same list copied over and over',
      /over and over/,
      [
        ...list(...many(3000, none).map((code) => [code])),
        0x85,
        0x71,
        0,
        ...many(3000, [...global('builtins', 'set'), 0x68, 0, 0x52, 0x30]),
      ],
    ],
    ['a storage as data', /storage outside a tensor/, shared, STORAGES],
    ['a class as data', /holds collections\.OrderedDict itself/, orderedDict],
    ['a call of data', /cannot be called/, call(text('system'))],
    ['a storage called', /cannot be called/, call(global('torch', 'FloatStorage'))],
    ['attributes of a list', /attributes to something that has none/, [...list(none), ...dict({}), 0x62]],
    ['keys that are lists', /must be a text or number/, [0x7d, ...list(none), ...none, 0x73]],
    [
      'a storage described twice',
      /in two ways/,
      list(tensor(shared, [1], [1]), tensor(storage('Float', '0', 5), [1], [1])),
      STORAGES,
    ],
    ['an opcode that is not known', /opcode 0xff/, [0xff]],
    ['an empty stack', /empty stack/, [0x30, 0x30]],
    ['items below a mark', /not there/, [...none, 0x28, 0x85]],
    ['an object before it is there', /uses object 7/, [0x68, 7]],
    ['an integer of a megabyte', /integer of 1000000 bytes/, [0x8b, 0x40, 0x42, 0x0f, 0]],
    ['text that is cut off', /truncated/, [0x8d, ...many(8, [0xff])]],
  ];
  it.each(hostile)('refuses %s', async (_what, message, root, storages = {}) => {
    const attack = readPth(write(root, storages));
    await expect(attack).rejects.toThrow(UserError);
    await expect(attack).rejects.toThrow(message);
  });

  it('gives a clear error for every truncated file', async () => {
    const bytes = write(SAMPLE, STORAGES);
    for (let length = 0; length < bytes.length; length++) {
      await expect(readPth(bytes.subarray(0, length))).rejects.toThrow(/^readPth: the given bytes: [^\n]+$/);
    }
  });
});

describe('readPth of the zip format', () => {
  const root = tensor(storage('Float', '0', 1), [1], [1]);
  const pickled = [0x80, 2, ...root, 0x2e];

  it('names what is missing, compressed or of another byte order', async () => {
    await expect(readPth(zipOf({ 'x/data.pkl': pickled }))).rejects.toThrow(/storage "0" is missing/);
    const short = { 'x/data.pkl': pickled, 'x/data/0': [0, 0] };
    await expect(readPth(zipOf(short))).rejects.toThrow(/storage "0" must have 4 bytes, got 2/);
    await expect(readPth(zipOf(short, 8))).rejects.toThrow(/"x\/data.pkl" must be stored, and is compressed/);
    const big = { ...short, 'x/byteorder': [...Buffer.from('big')] };
    await expect(readPth(zipOf(big))).rejects.toThrow(/must be little-endian/);
    const little = { 'x/data.pkl': [0x80, 2, 0x4e, 0x2e], 'x/byteorder': [...Buffer.from('little')] };
    expect(await readPth(zipOf(little))).toBeNull();
    await expect(readPth(zipOf({ 'word/document.xml': [1] }))).rejects.toThrow(/must hold one <name>\/data\.pkl/);
  });

  it('refuses more instructions than memory could bear', async () => {
    const objects = new Uint8Array(2 ** 22 + 1).fill(0x4e);
    await expect(readPth(zipOf({ 'x/data.pkl': objects }))).rejects.toThrow(/more than 4194304 instructions/);
  });

  it('names a path that cannot be read, and a file of another kind', async () => {
    await expect(readPth('/nowhere/x.pth')).rejects.toThrow(/readPth: \/nowhere\/x\.pth: no such file/);
    await expect(readPth(new TextEncoder().encode('hello'))).rejects.toThrow(/must begin as a zip archive/);
  });
});

describe('readPth of files that PyTorch wrote', () => {
  it('reads every element type', async () => {
    const value = asMap(await readPth(torchFile('dtypes')));
    const types = [...value].map(
      ([name, entry]) => `${name} ${(entry as PthTensor).type} [${(entry as PthTensor).shape}]`,
    );
    expect(types.sort()).toEqual([
      'bfloat16 BF16 [4,5]',
      'bool BOOL [3]',
      'empty F32 [0,4]',
      'float32 F32 [4,5]',
      'float64 F64 [4,5]',
      'half F16 [4,5]',
      'int32 I32 [2]',
      'int64 I64 [2,3]',
      'scalar0d F32 []',
      'scalar_i64 I64 []',
      'uint8 U8 [3]',
    ]);
    expect(at(value, 'int64').data).toEqual(BigInt64Array.of(1n, -2n, 3n, 2n ** 53n - 1n, -(2n ** 40n), 0n));
    expect(values(value, 'int32')).toEqual([5, -6]);
    expect(values(value, 'bool')).toEqual([1, 0, 1]);
    expect(values(value, 'uint8')).toEqual([0, 255, 7]);
    expect(values(value, 'scalar0d')).toEqual([3.25]);
    expect(values(value, 'scalar_i64')).toEqual([1234567890123]);
    expect(values(value, 'float32').slice(0, 2)).toEqual([-0.38968053460121155, 1.6072757244110107]);
    expect(values(value, 'float64').slice(0, 2)).toEqual([-0.12989351153373718, 0.5357585748036703]);
    expect(values(value, 'half').slice(0, 2)).toEqual([-0.3896484375, 1.607421875]);
    expect(values(value, 'bfloat16').slice(0, 2)).toEqual([-0.390625, 1.609375]);
  });

  it('reads views that share a storage', async () => {
    const value = await readPth(torchFile('viewsLegacy'));
    const base = values(value, 'base');
    const cell = (row: number, column: number) => base[8 * row + column]!;
    const grid = (rows: number, columns: number, of: (row: number, column: number) => number) =>
      Array.from({ length: rows * columns }, (_, i) => of(Math.floor(i / columns), i % columns));
    expect(new Set(base).size).toBe(48);
    expect(values(value, 'transposed')).toEqual(grid(8, 6, (row, column) => cell(column, row)));
    expect(values(value, 'col_slice')).toEqual(grid(6, 3, (row, column) => cell(row, 3 + column)));
    expect(values(value, 'strided')).toEqual(grid(3, 3, (row, column) => cell(2 * row, 1 + 3 * column)));
    expect(values(value, 'expanded')).toEqual(grid(4, 3, (_row, column) => cell(0, column)));
    expect(values(value, 'parameter_view')).toEqual(grid(2, 3, (row, column) => cell(1 + row, 2 + column)));
    expect(values(value, 'element')).toEqual([base[28]]);
    expect(at(value, 'permuted3d').shape).toEqual([8, 2, 3]);
    const nested = asMap(asMap(value).get('nested'));
    expect((nested.get('tuple') as PthValue[]).slice(1)).toEqual([1, 2.5, 'text', null, true]);
    expect(nested.get('int')).toBe(1e12);
  });
});
