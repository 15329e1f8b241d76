import type { ConstantArray, Value } from '../graph/value.ts';

const dataOf = (value: Value): ConstantArray => {
  if (value.source.kind !== 'constant') throw new Error('uniqueConstants: values must be constants.');
  return value.source.data;
};

const bytesOf = ({ buffer, byteOffset, byteLength }: ConstantArray) => Buffer.from(buffer, byteOffset, byteLength);

/** Bytes that tell most tensors apart without reading them whole. */
const PREFIX_BYTES = 256;

/**
 * Which constants have the same type, shape and content, so that a file holds them once. Those that begin alike are compared byte by
 * byte up to the first difference: trained parameters differ at once, and no hash of them has to be made.
 *
 * @returns for every constant the first one like it, perhaps itself
 */
export function uniqueConstants(constants: readonly Value[]): Map<Value, Value> {
  const alike = new Map<string, Value[]>();
  const unique = new Map<Value, Value>();
  for (const value of constants) {
    const bytes = bytesOf(dataOf(value));
    const key = `${value.type}[${value.shape}]${bytes.subarray(0, PREFIX_BYTES).toString('latin1')}`;
    const candidates = alike.get(key) ?? [];
    alike.set(key, candidates);
    const first = candidates.find((candidate) => bytesOf(dataOf(candidate)).equals(bytes));
    if (!first) candidates.push(value);
    unique.set(value, first ?? value);
  }
  return unique;
}
