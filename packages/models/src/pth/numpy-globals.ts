import { ELEMENT_TYPES, type SafetensorsArray, type SafetensorsType } from '../checkpoint/safetensors-type.ts';
import { type BuildContext, type GlobalBehaviour, NumpyType, type PickleObject } from './pickle-object.ts';
import type { PthTensor, PthValue } from './pth-value.ts';

/** Element types by NumPy's code. */
const CODES: Readonly<Record<string, SafetensorsType>> = {
  f8: 'F64',
  f4: 'F32',
  f2: 'F16',
  i8: 'I64',
  i4: 'I32',
  i2: 'I16',
  i1: 'I8',
  u1: 'U8',
  b1: 'BOOL',
};

/** `numpy.dtype('f8', False, True)`. */
function makeType([code]: readonly PickleObject[], { fail }: BuildContext): PickleObject {
  const known = typeof code === 'string' && Object.hasOwn(CODES, code);
  return known ? new NumpyType(CODES[code]!) : fail('holds NumPy values of a type that is not read');
}

/** A type's attributes begin with their version and the byte order, `<`, `=` or for one byte `|`. */
function checkByteOrder(_type: PickleObject, state: PickleObject, { fail }: BuildContext): void {
  const order = Array.isArray(state) ? state[1] : undefined;
  if (order !== '<' && order !== '=' && order !== '|') fail('holds NumPy values that are not little-endian');
}

function decode(type: PickleObject | undefined, bytes: PickleObject | undefined, count: number, context: BuildContext) {
  const { fail, spend } = context;
  if (!(type instanceof NumpyType) || !(bytes instanceof Uint8Array)) return fail('holds NumPy values without a type');
  const { size, decode: decodeAll } = ELEMENT_TYPES[type.elements];
  if (bytes.length !== count * size) return fail('holds NumPy values of another length than their type says');
  spend(bytes.length);
  return decodeAll(new Uint8Array(bytes));
}

function toNumber(value: number | bigint, type: SafetensorsType): PthValue {
  if (type === 'BOOL') return value !== 0;
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** `scalar(dtype, bytes)`: a number. */
function makeScalar([type, bytes]: readonly PickleObject[], context: BuildContext): PickleObject {
  const elements: SafetensorsArray = decode(type, bytes, 1, context);
  return toNumber(elements[0]!, (type as NumpyType).elements);
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** NumPy's own limit. */
const MAX_DIMENSIONS = 64;

/** `_reconstruct(ndarray, (0,), b'b')`: an array that its attributes will fill. */
const makeArray = (): PickleObject => ({ shape: [0], type: 'F32', data: new Float32Array() });

/** An array's attributes: version, shape, dtype, whether columns come first, elements. */
function fillArray(array: PickleObject, state: PickleObject, context: BuildContext) {
  const { fail } = context;
  const [, shape, type, isFortran, bytes] = Array.isArray(state) ? (state as PickleObject[]) : [];
  if (!Array.isArray(shape) || shape.length > MAX_DIMENSIONS || !shape.every(isCount)) {
    return fail('holds a NumPy array whose shape is not counts');
  }
  if (isFortran === true && shape.length > 1) return fail('holds a NumPy array in column order');
  const lengths = shape as unknown as number[];
  const count = lengths.includes(0) ? 0 : lengths.reduce((product, length) => product * length, 1);
  const data = decode(type, bytes, count, context);
  const tensor: PthTensor = { shape: [...lengths], type: (type as NumpyType).elements, data };
  Object.assign(array as object, tensor);
}

/** `_codecs.encode(text, 'latin1')`: how protocol 2 writes bytes. */
function encodeLatin1([text, encoding]: readonly PickleObject[], { fail, spend }: BuildContext): PickleObject {
  const isLatin1 = encoding === 'latin1' || encoding === 'latin-1';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is that of one byte.
  if (typeof text !== 'string' || !isLatin1 || !/^[\x00-\xff]*$/.test(text))
    return fail('holds bytes that are not bytes');
  spend(text.length);
  return new Uint8Array(Buffer.from(text, 'latin1'));
}

/** NumPy 2 calls its core `_core`. */
const cores = ['numpy.core.multiarray', 'numpy._core.multiarray'];

/** NumPy's scalars and arrays as `torch.save` finds them in training scripts' statistics. */
export const NUMPY_GLOBALS: Readonly<Record<string, GlobalBehaviour>> = {
  'numpy.dtype': { make: makeType, setState: checkByteOrder },
  'numpy.ndarray': {},
  '_codecs.encode': { make: encodeLatin1 },
  ...Object.fromEntries(
    cores.flatMap((core): [string, GlobalBehaviour][] => [
      [`${core}.scalar`, { make: makeScalar }],
      [`${core}._reconstruct`, { make: makeArray, setState: fillArray }],
    ]),
  ),
};
