/** A float32 tensor of a safetensors file. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** The contents of a safetensors file. */
export interface StoredTensors {
  readonly tensors: Readonly<Record<string, StoredTensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [begin: number, end: number];
}

/** Before the header: its length, 64 bits. */
const LENGTH_BYTES = 8;
const FLOAT_BYTES = 4;

/**
 * Reads a safetensors file of float32 tensors.
 *
 * @throws Error when it is cut short, damaged, or holds other types
 */
export function readSafetensors(bytes: Uint8Array<ArrayBuffer>): StoredTensors {
  const damaged = (what: string) => new Error(`readSafetensors: ${what}. The file is damaged; export it again.`);
  if (bytes.length < LENGTH_BYTES) throw damaged(`the file must begin with a length, got ${bytes.length} bytes`);
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const start = LENGTH_BYTES + headerLength;
  if (start > bytes.length) throw damaged(`its header must take ${headerLength} bytes, got ${bytes.length} in all`);
  let header: Record<string, Entry | Record<string, string>>;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, start)));
  } catch {
    throw damaged('its header must be JSON, and is not');
  }
  const { __metadata__: metadata, ...entries } = header;
  const tensors = Object.entries(entries as Record<string, Entry>).map(([name, { dtype, shape, data_offsets }]) => {
    const [begin, end] = data_offsets;
    const expected = shape.reduce((product, length) => product * length, FLOAT_BYTES);
    if (dtype !== 'F32' || end - begin !== expected || start + end > bytes.length) {
      throw damaged(`tensor "${name}" must be F32 of ${expected} bytes in the file, got ${dtype} of ${end - begin}`);
    }
    // A copy, because a tensor need not begin at a multiple of four bytes.
    return [name, { shape, data: new Float32Array(bytes.slice(start + begin, start + end).buffer) }] as const;
  });
  return { tensors: Object.fromEntries(tensors), metadata: (metadata ?? {}) as Record<string, string> };
}

/** Writes a safetensors file: `readSafetensors` reads it, and so does `pnpm export --checkpoint` where the metadata are a checkpoint's. */
export function encodeSafetensors({ tensors, metadata }: StoredTensors): Blob {
  let offset = 0;
  const entries = Object.entries(tensors).map(([name, { shape, data }]) => {
    const begin = offset;
    offset += data.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [begin, offset] }] as const;
  });
  const text = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }));
  // Spaces up to a multiple of eight, so that the data are aligned.
  const header = new Uint8Array(LENGTH_BYTES + Math.ceil(text.length / 8) * 8).fill(' '.charCodeAt(0));
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - LENGTH_BYTES), true);
  header.set(text, LENGTH_BYTES);
  return new Blob([header, ...Object.values(tensors).map(({ data }) => data)], { type: 'application/octet-stream' });
}
