/** Bytes of a part of a pickle. */
export type Pickled = readonly number[];

const littleEndian = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, index) => Math.floor(value / 256 ** index) % 256);
const ascii = (text: string): number[] => [...new TextEncoder().encode(text)];

/** Parts of a pickle of protocol 2, as PyTorch writes them (opcodes of Python's pickletools). */
export const none: Pickled = [0x4e];
export const yes: Pickled = [0x88];
export const no: Pickled = [0x89];
/** BININT1, or LONG1 for more than a byte. */
export const int = (value: number): Pickled => (value < 256 ? [0x4b, value] : [0x8a, 8, ...littleEndian(value, 8)]);
export const text = (value: string): Pickled => [0x58, ...littleEndian(ascii(value).length, 4), ...ascii(value)];
export const tuple = (...items: Pickled[]): Pickled => [0x28, ...items.flat(), 0x74];
export const list = (...items: Pickled[]): Pickled => [0x5d, 0x28, ...items.flat(), 0x65];
export const dict = (entries: Record<string, Pickled>): Pickled => [
  ...[0x7d, 0x28],
  ...Object.entries(entries).flatMap(([key, value]) => [...text(key), ...value]),
  0x75,
];
export const global = (module: string, name: string): Pickled => [0x63, ...ascii(`${module}\n${name}\n`)];
export const call = (callee: Pickled, ...args: Pickled[]): Pickled => [...callee, ...tuple(...args), 0x52];
/** NEWOBJ, with attributes by BUILD. */
export const object = (kind: Pickled, attributes: Record<string, Pickled>): Pickled => [
  ...[...kind, 0x29, 0x81],
  ...[...dict(attributes), 0x62],
];

export const storage = (kind: string, key: string, count: number, ...more: Pickled[]): Pickled => [
  ...tuple(text('storage'), global('torch', `${kind}Storage`), text(key), text('cpu'), int(count), ...more),
  0x51,
];

/** A view of a storage, which is part of the pickle. */
export const tensor = (of: Pickled, shape: readonly number[], strides: readonly number[], offset = 0): Pickled =>
  call(
    global('torch._utils', '_rebuild_tensor_v2'),
    of,
    ...[int(offset), tuple(...shape.map(int)), tuple(...strides.map(int)), no],
    call(global('collections', 'OrderedDict')),
  );

const pickle = (...parts: Pickled[]): number[] => [0x80, 2, ...parts.flat(), 0x2e];

/** A stored zip archive, with 32-bit sizes. */
export function zipOf(files: Record<string, Uint8Array | readonly number[]>, method = 0): Uint8Array {
  const [content, directory]: [Uint8Array[], Uint8Array[]] = [[], []];
  const sizeOf = (parts: readonly Uint8Array[]) => parts.reduce((sum, { length }) => sum + length, 0);
  const bytesFrom = (...parts: (readonly number[])[]) => Uint8Array.from(parts.flat());
  let begin = 0;
  for (const [name, file] of Object.entries(files)) {
    const bytes = file instanceof Uint8Array ? file : Uint8Array.from(file);
    const [size, offset] = [littleEndian(bytes.length, 4), littleEndian(begin, 4)];
    // Flags, method, time, date and checksum (left out), sizes, lengths of name and extra field.
    const common = [0, 0, method, 0, ...Array(8).fill(0), ...size, ...size, ...littleEndian(name.length, 2), 0, 0];
    const head = bytesFrom([0x50, 0x4b, 3, 4, 20, 0], common, ascii(name));
    content.push(head, bytes);
    begin += head.length + bytes.length;
    directory.push(bytesFrom([0x50, 0x4b, 1, 2, 20, 0, 20, 0], common, Array(10).fill(0), offset, ascii(name)));
  }
  const count = littleEndian(Object.keys(files).length, 2);
  const sizes = [...littleEndian(sizeOf(directory), 4), ...littleEndian(begin, 4)];
  const end = bytesFrom([0x50, 0x4b, 5, 6, 0, 0, 0, 0], count, count, sizes, [0, 0]);
  return new Uint8Array(Buffer.concat([...content, ...directory, end]));
}

type Storages = Record<string, Float32Array>;

const bytesOf = (data: Float32Array): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** A checkpoint in the zip format. */
export const zipCheckpoint = (root: Pickled, storages: Storages = {}): Uint8Array =>
  zipOf({
    'x/data.pkl': pickle(root),
    ...Object.fromEntries(Object.entries(storages).map(([key, data]) => [`x/data/${key}`, bytesOf(data)])),
  });

/** A checkpoint as PyTorch wrote it before 1.6. */
export function legacyCheckpoint(root: Pickled, storages: Storages = {}): Uint8Array {
  const magic = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
  const heads = [magic, int(1001), dict({ little_endian: yes }), root, list(...Object.keys(storages).map(text))];
  const data = Object.values(storages).flatMap((values) => [...littleEndian(values.length, 8), ...bytesOf(values)]);
  return Uint8Array.from([...heads.flatMap((part) => pickle(part)), ...data]);
}
