import { describe, expect, it } from '@jest/globals';
import { UserError } from '@mfm/cli';
import {
  call,
  dict,
  global,
  int,
  list,
  no,
  none,
  type Pickled,
  storage,
  tensor,
  text,
  tuple,
  yes,
  zipCheckpoint,
  zipOf,
} from '../testing/pth-writer.ts';
import { readPth } from './read-pth.ts';

const STORAGES = { '0': Float32Array.from([1, 2]) };
const untyped = storage('Untyped', '0', 8);
const read = (root: Pickled) => readPth(zipCheckpoint(root, STORAGES));

/** Arguments of `_rebuild_tensor_v3`: storage, offset, shape, strides, gradient, hooks, type, metadata. */
const typed = (offset: number, count: number, type: string): Pickled =>
  call(
    global('torch._utils', '_rebuild_tensor_v3'),
    ...[untyped, int(offset), tuple(int(count)), tuple(int(1)), no],
    ...[call(global('collections', 'OrderedDict')), global('torch', type), none],
  );

const numpyType = (code: string, order = '<'): Pickled => [
  ...call(global('numpy', 'dtype'), text(code), no, yes),
  ...[...tuple(int(3), text(order), none, none, none, int(0), int(0), int(0)), 0x62],
];
/** Bytes as protocol 2 writes them. */
const bytes = (...values: number[]): Pickled =>
  call(global('_codecs', 'encode'), text(String.fromCharCode(...values)), text('latin1'));
const scalar = (type: Pickled, ...values: number[]): Pickled =>
  call(global('numpy.core.multiarray', 'scalar'), type, bytes(...values));
const array = (shape: number[], type: Pickled, isFortran: Pickled, ...values: number[]): Pickled => [
  ...call(global('numpy._core.multiarray', '_reconstruct'), global('numpy', 'ndarray'), tuple(int(0)), bytes(98)),
  ...[...tuple(int(1), tuple(...shape.map(int)), type, isFortran, bytes(...values)), 0x62],
];

describe('globals of PyTorch', () => {
  it('reads tensors whose type is not their storage’s', async () => {
    expect(await read(typed(1, 1, 'float32'))).toEqual({ shape: [1], type: 'F32', data: Float32Array.of(2) });
    // 1.0 and 2.0 as float32 are 0x3f800000 and 0x40000000.
    expect(await read(typed(1, 3, 'int16'))).toEqual({
      shape: [3],
      type: 'I16',
      data: Int16Array.of(0x3f80, 0, 0x4000),
    });
    expect(await read(typed(0, 2, 'bfloat16'))).toEqual({ shape: [2], type: 'BF16', data: Float32Array.of(0, 1) });
    await expect(read(typed(1, 1, 'float64'))).rejects.toThrow(/\[1\] reaches beyond its storage of 1 elements/);
  });

  it.each(['complex64', 'uint16', 'float8_e4m3fn'])('names the type %s, which it does not read', async (type) => {
    await expect(read(typed(0, 1, type))).rejects.toThrow(`elements of type "torch.${type}", which is not read`);
  });

  it('says what cannot be read of storages and tensors of other kinds', async () => {
    const complex = tensor(storage('ComplexFloat', '0', 1), [1], [1]);
    await expect(read(complex)).rejects.toThrow(
      'holds complex numbers ("torch.ComplexFloatStorage"), which are not read. Convert them to float32 tensors before saving.',
    );
    await expect(read(global('torch', 'QUInt8Storage'))).rejects.toThrow(/quantised numbers/);
    await expect(read(global('torch._utils', '_rebuild_sparse_tensor'))).rejects.toThrow(/sparse/);
    await expect(read(complex)).rejects.toThrow(UserError);
  });

  it('reads devices, types, sizes and dictionaries with a factory', async () => {
    const device = call(global('torch', 'device'), text('cuda'), int(1));
    const factory = [
      ...call(global('collections', 'defaultdict'), global('__builtin__', 'dict')),
      0x28,
      ...text('a'),
      ...int(1),
      0x75,
    ];
    const size = call(global('torch', 'Size'), tuple(int(2), int(3)));
    expect(await read(list(device, global('torch', 'float16'), size, factory))).toEqual([
      ...['cuda:1', 'torch.float16', [2, 3]],
      new Map([['a', 1]]),
    ]);
  });

  it('reads parameters, and tensors of subclasses, as the tensors they are', async () => {
    const inner = [storage('Float', '0', 2), int(0), tuple(int(2)), tuple(int(1)), no, none] as const;
    const subclass = call(
      global('torch._tensor', '_rebuild_from_type_v2'),
      ...[
        global('torch._utils', '_rebuild_tensor_v2'),
        global('torch.nn.parameter', 'Parameter'),
        tuple(...inner),
        dict({}),
      ],
    );
    const parameter = call(
      global('torch._utils', '_rebuild_parameter_with_state'),
      tensor(inner[0], [2], [1]),
      yes,
      none,
      dict({}),
    );
    const expected = { shape: [2], type: 'F32', data: STORAGES['0'] };
    expect(await read(list(subclass, parameter))).toEqual([expected, expected]);
    // By arguments that contain themselves, a function that calls functions could be made to run for ever.
    const again = global('torch._tensor', '_rebuild_from_type_v2');
    const nested = call(again, again, none, tuple(again, none, tuple()), none);
    await expect(read(nested)).rejects.toThrow(/a tensor is made by something else/);
  });
});

describe('globals of NumPy', () => {
  it('reads scalars and arrays', async () => {
    const values = list(
      scalar(numpyType('f8'), 0, 0, 0, 0, 0, 0, 0, 64),
      scalar(numpyType('i8'), 5, 0, 0, 0, 0, 0, 0, 0),
      scalar(numpyType('b1', '|'), 1),
      array([2, 2], numpyType('u1', '|'), no, 1, 2, 3, 4),
    );
    expect(await read(values)).toEqual([2, 5, true, { shape: [2, 2], type: 'U8', data: Uint8Array.of(1, 2, 3, 4) }]);
  });

  it.each<[string, Pickled, RegExp]>([
    ['another byte order', scalar(numpyType('f4', '>'), 0, 0, 0, 0), /not little-endian/],
    ['objects', scalar(numpyType('O8'), 0, 0, 0, 0, 0, 0, 0, 0), /a type that is not read/],
    ['a name of JavaScript’s own', scalar(numpyType('constructor'), 0), /a type that is not read/],
    ['another length', scalar(numpyType('f4'), 0), /another length than their type says/],
    ['a huge shape', array([2 ** 40, 2 ** 40], numpyType('f4'), no, 0), /another length than their type says/],
    ['columns first', array([2, 2], numpyType('u1'), yes, 1, 2, 3, 4), /in column order/],
    ['text that is not bytes', call(global('_codecs', 'encode'), text('é—'), text('latin1')), /not bytes/],
    ['a type as data', numpyType('f4'), /a type of NumPy where data should be/],
  ])('refuses %s', async (_, root, message) => {
    await expect(read(root)).rejects.toThrow(UserError);
    await expect(read(root)).rejects.toThrow(message);
  });
});

describe('what a few bytes can allocate', () => {
  const pickled = (...parts: Pickled[]) => readPth(zipOf({ 'x/data.pkl': [0x80, 2, ...parts.flat(), 0x2e] }));
  const times = (count: number, part: Pickled): number[] => new Array<Pickled>(count).fill(part).flat() as number[];

  it('refuses more dictionaries or sets than a checkpoint has', async () => {
    for (const opcode of [0x7d, 0x8f]) {
      await expect(pickled(times(2 ** 17 + 1, [opcode]))).rejects.toThrow(/more than 131072 dictionaries and sets/);
    }
  });

  it('refuses tensors made over and over from the same arguments', async () => {
    const ones = tuple(...Array.from({ length: 64 }, () => int(1)));
    const memorised = [...global('torch._utils', '_rebuild_tensor_v2'), 0x71, 0, 0x30];
    const args = [...tuple(storage('Float', '0', 2), int(0), ones, ones, no, none), 0x71, 1, 0x30];
    await expect(pickled(memorised, args, times(10_000, [0x68, 0, 0x68, 1, 0x52]))).rejects.toThrow(/over and over/);
  });

  it('keeps keys of any name, without touching a prototype', async () => {
    const value = (await read(dict({ ['__proto__']: dict({ polluted: yes }), constructor: int(1) }))) as Map<
      string,
      unknown
    >;
    expect(value.get('__proto__')).toEqual(new Map([['polluted', true]]));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
