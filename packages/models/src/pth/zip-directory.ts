import type { ByteSource } from '../checkpoint/byte-source.ts';
import { type Fail, quote } from './pth-error.ts';

/** A file in a zip archive, by what the archive's directory says. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes, which are stored as they are. */
  readonly size: number;
  /** Where its local header begins. */
  readonly offset: number;
}

/** Marks of the archive's records (APPNOTE.TXT 4.3), little-endian. */
const SIGNATURE = { local: 0x04034b50, entry: 0x02014b50, end: 0x06054b50, end64: 0x06064b50, locator64: 0x07064b50 };
const SIZE = { local: 30, entry: 46, end: 22, end64: 56, locator64: 20 };
/** A comment, after which nothing follows, has at most as many bytes. */
const MAX_COMMENT = 0xffff;
const SATURATED_16 = 0xffff;
const SATURATED_32 = 0xffffffff;
const ZIP64_FIELD = 1;
const ENCRYPTED = 1;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A 64-bit count; one beyond 2^53 loses digits, and is then larger than any file. */
const uint64 = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

interface Directory {
  readonly begin: number;
  readonly size: number;
}

async function findDirectory(source: ByteSource, fail: Fail): Promise<Directory> {
  const tailBegin = Math.max(0, source.length - SIZE.end - MAX_COMMENT);
  const tail = viewOf(await source.read(tailBegin, source.length));
  let at = tail.byteLength - SIZE.end;
  while (at >= 0 && tail.getUint32(at, true) !== SIGNATURE.end) at--;
  if (at < 0) return fail('the directory at its end is missing: it is truncated');
  const count = tail.getUint16(at + 10, true);
  const [size, begin] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
  if (count !== SATURATED_16 && size !== SATURATED_32 && begin !== SATURATED_32) return { begin, size };

  const locator = at - SIZE.locator64;
  if (locator < 0 || tail.getUint32(locator, true) !== SIGNATURE.locator64) {
    return fail('the 64-bit directory is missing');
  }
  const end64 = uint64(tail, locator + 8);
  if (end64 + SIZE.end64 > source.length) return fail('the 64-bit directory lies outside the file');
  const record = viewOf(await source.read(end64, end64 + SIZE.end64));
  if (record.getUint32(0, true) !== SIGNATURE.end64) return fail('the 64-bit directory is missing');
  return { begin: uint64(record, 48), size: uint64(record, 40) };
}

/** The fields that did not fit in 32 bits, in the order in which they are looked for. */
function wideFields(view: DataView, begin: number, end: number, fields: number[], fail: Fail): number[] {
  if (!fields.includes(SATURATED_32)) return fields;
  for (let at = begin; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== ZIP64_FIELD) continue;
    let next = at + 4;
    return fields.map((value) => {
      if (value !== SATURATED_32) return value;
      next += 8;
      return next <= end ? uint64(view, next - 8) : fail('a 64-bit size in the directory is cut off');
    });
  }
  return fail('a 64-bit size in the directory is missing');
}

/**
 * The files of a zip archive, from the directory at its end. Only stored files are accepted, as PyTorch writes them.
 *
 * @throws UserError when the directory is damaged, or a file in it is compressed or encrypted
 */
export async function readZipDirectory(source: ByteSource, fail: Fail): Promise<Map<string, ZipEntry>> {
  const { begin, size } = await findDirectory(source, fail);
  if (begin + size > source.length) return fail('the directory lies outside the file');
  const bytes = await source.read(begin, begin + size);
  const view = viewOf(bytes);
  const entries = new Map<string, ZipEntry>();
  for (let at = 0; at < bytes.length; ) {
    if (at + SIZE.entry > bytes.length || view.getUint32(at, true) !== SIGNATURE.entry) {
      return fail('the directory holds something that is not an entry');
    }
    const nameEnd = at + SIZE.entry + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > bytes.length) return fail('an entry of the directory is cut off');
    const name = new TextDecoder().decode(bytes.subarray(at + SIZE.entry, nameEnd));
    const narrow = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
    const [length, stored, offset] = wideFields(view, nameEnd, extraEnd, narrow, fail) as [number, number, number];
    const isPlain = view.getUint16(at + 10, true) === 0 && (view.getUint16(at + 8, true) & ENCRYPTED) === 0;
    if (!isPlain || length !== stored) return fail(`${quote(name)} must be stored, and is compressed or encrypted`);
    if (entries.has(name)) return fail(`${quote(name)} occurs twice in the directory`);
    entries.set(name, { name, size: length, offset });
    at = next;
  }
  return entries;
}

/** Reads one file of an archive. What its checksum says is not compared: PyTorch can be told to leave it out. */
export async function readZipEntry(
  source: ByteSource,
  { name, size, offset }: ZipEntry,
  fail: Fail,
): Promise<Uint8Array<ArrayBuffer>> {
  if (offset + SIZE.local > source.length) return fail(`${quote(name)} lies outside the file`);
  const header = viewOf(await source.read(offset, offset + SIZE.local));
  if (header.getUint32(0, true) !== SIGNATURE.local) return fail(`${quote(name)} is not where the directory says`);
  const begin = offset + SIZE.local + header.getUint16(26, true) + header.getUint16(28, true);
  if (begin + size > source.length) return fail(`${quote(name)} lies outside the file`);
  return source.read(begin, begin + size);
}
