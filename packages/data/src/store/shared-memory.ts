// Everything a data set holds in memory lies in shared buffers: the loader's threads read it without a copy each.

/** A zeroed byte array that threads share. */
export function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}

/** Copies numbers into memory that threads share; int32 for labels and sizes. */
export function sharedInt32(values: ArrayLike<number>): Int32Array {
  const array = new Int32Array(new SharedArrayBuffer(values.length * 4));
  array.set(values);
  return array;
}

/** Numbers, or that many zeros, in memory that threads share; float64 holds byte offsets beyond 4 GB exactly. */
export function sharedFloat64(values: ArrayLike<number> | number): Float64Array {
  if (typeof values === 'number') return new Float64Array(new SharedArrayBuffer(values * 8));
  const array = new Float64Array(new SharedArrayBuffer(values.length * 8));
  array.set(values);
  return array;
}

/** A list of strings in shared memory: a million paths are not cloned into every thread. */
export interface StringTable {
  /** UTF-8, one after the other. */
  bytes: Uint8Array;
  /** Start of each string and the end of the last. */
  offset: Float64Array;
}

/** Packs strings into shared memory. */
export function packStrings(strings: readonly string[]): StringTable {
  const offset = sharedFloat64(strings.length + 1);
  let end = 0;
  strings.forEach((text, i) => {
    end += Buffer.byteLength(text);
    offset[i + 1] = end;
  });
  const bytes = sharedBytes(end);
  const buffer = Buffer.from(bytes.buffer);
  strings.forEach((text, i) => {
    buffer.write(text, offset[i]!);
  });
  return { bytes, offset };
}

/** The string at an index of the table. */
export function stringAt({ bytes, offset }: StringTable, index: number): string {
  const start = offset[index]!;
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, offset[index + 1]! - start).toString();
}
