import { ARRAYS } from '../graph/constant.ts';
import type { ConstantArray, ElementType } from '../graph/value.ts';
import type { ByteSource } from './byte-source.ts';
import { type DataType, dataFields, dataType, dataTypeName } from './data-types.ts';
import { checkExternalLength, externalData, isExternal, readExternalData } from './external-data.ts';
import type { FileTensor, Packed } from './file-messages.ts';
import { unpackNumbers } from './read-messages.ts';
import { MalformedFile } from './wire-reader.ts';

/**
 * Elements of a tensor of these dimensions.
 *
 * @throws MalformedFile for a negative dimension, or so many elements that no file holds them
 */
export function elementCount({ dims }: FileTensor): number {
  let count = 1;
  for (const dim of dims) {
    if (dim < 0) throw new MalformedFile(`its dimensions must not be negative, got [${dims.slice(0, 8)}]`);
    count *= Number(dim);
  }
  if (!Number.isSafeInteger(count))
    throw new MalformedFile(`its dimensions must be possible, got [${dims.slice(0, 8)}]`);
  return count;
}

/** Bytes that elements take where they are stored as they are. */
export const byteCount = (type: DataType, count: number): number => Math.ceil((count * type.bits) / 8);

const CHUNK = 2 ** 20;

/** Numbers in a typed field: those of fixed size by its length, others by counting the bytes that end one. */
function entryCount(source: ByteSource, packed: Packed, field: DataType['field']): number {
  const size = field === 'floatData' ? 4 : field === 'doubleData' ? 8 : undefined;
  let count = 0;
  for (const part of packed) {
    if (typeof part !== 'object' || field === 'stringData') count++;
    else if (size !== undefined) count += (part.end - part.begin) / size;
    else
      for (let begin = part.begin; begin < part.end; begin += CHUNK)
        for (const byte of source.read(begin, Math.min(part.end, begin + CHUNK))) if (byte < 0x80) count++;
  }
  return count;
}

/**
 * Checks that a tensor has a known type, data in one place, and as much as its dimensions say. Nothing of the claimed size is allocated.
 *
 * @returns its type and number of elements
 * @throws MalformedFile saying what is wrong
 */
export function checkTensorData(source: ByteSource, tensor: FileTensor): { type: DataType; count: number } {
  const type = dataType(tensor.dataType);
  if (!type) throw new MalformedFile(`it must have an element type, got ${dataTypeName(tensor.dataType)}`);
  const count = elementCount(tensor);
  const fields = dataFields(tensor);
  if (isExternal(tensor)) {
    if (type.name === 'string') throw new MalformedFile('texts must be in the file itself, got external data');
    if (fields.length > 0) throw new MalformedFile(`its data must be in one place, got external data and ${fields[0]}`);
    checkExternalLength(source, externalData(tensor), byteCount(type, count));
    return { type, count };
  }
  if (fields.length > 1) throw new MalformedFile(`its data must be in one place, got ${fields.join(' and ')}`);
  const [field] = fields;
  if (field === undefined) {
    if (count > 0) throw new MalformedFile(`it must have ${count} elements, got no data`);
  } else if (field === 'rawData') {
    if (type.name === 'string') throw new MalformedFile('texts must be in string_data, got raw_data');
    const { begin, end } = tensor.rawData!;
    const bytes = byteCount(type, count);
    if (end - begin !== bytes)
      throw new MalformedFile(`it must have ${count} elements in ${bytes} bytes, got ${end - begin} bytes`);
  } else {
    if (field !== type.field) throw new MalformedFile(`${type.name} must be in ${type.field}, got ${field}`);
    const entries = entryCount(source, tensor[type.field], type.field);
    const wanted = Math.ceil(count * type.entries);
    if (entries !== wanted)
      throw new MalformedFile(`it must have ${count} elements in ${wanted} numbers, got ${entries}`);
  }
  return { type, count };
}

/** What `unpackNumbers` reads each typed field as. */
const FIELD_KINDS = {
  floatData: 'float',
  int32Data: 'int32',
  int64Data: 'int64',
  doubleData: 'double',
  uint64Data: 'uint64',
} as const;

/**
 * A tensor's values, from raw bytes (copied: they may be unaligned), a typed field or external data.
 *
 * @throws MalformedFile when it is broken, or of a type that this project does not compute with
 */
export function readTensor(
  source: ByteSource,
  tensor: FileTensor,
): { type: ElementType; shape: number[]; data: ConstantArray } {
  const { type, count } = checkTensorData(source, tensor);
  if (!Object.hasOwn(ARRAYS, type.name) || type.field === 'stringData')
    throw new MalformedFile(`its element type must be one of ${Object.keys(ARRAYS).join(', ')}, got ${type.name}`);
  const array = ARRAYS[type.name as ElementType];
  const shape = tensor.dims.map(Number);
  return { type: type.name as ElementType, shape, data: readValues() };

  function readValues(): ConstantArray {
    if (isExternal(tensor)) return ownArray(readExternalData(source, tensor, byteCount(type, count)));
    if (tensor.rawData) return ownArray(source.read(tensor.rawData.begin, tensor.rawData.end));
    const field = type.field as keyof typeof FIELD_KINDS;
    const packed = tensor[field];
    const [part] = packed;
    // What a float field packs are the bytes of the array.
    if (packed.length === 1 && typeof part === 'object' && (field === 'floatData' || field === 'doubleData'))
      return ownArray(source.read(part.begin, part.end));
    const numbers = unpackNumbers(source, packed, FIELD_KINDS[field], count);
    if (type.name === 'int64') return BigInt64Array.from(numbers, BigInt);
    return (array as Float32ArrayConstructor).from(numbers.map(Number));
  }

  function ownArray(bytes: Uint8Array): ConstantArray {
    const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength && source.path !== undefined;
    return new array((whole ? bytes : new Uint8Array(bytes)).buffer as ArrayBuffer);
  }
}
