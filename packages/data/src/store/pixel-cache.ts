import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { writeFileAtomic } from '@mfm/cli';
import type { BadImage, DecodedImages } from './decode-all.ts';
import { sharedBytes, sharedFloat64 } from './shared-memory.ts';

/** Decoded images with their labels: what a second start needs of a tiny data set. */
export interface CachedSet extends DecodedImages {
  labels: Int32Array;
}

/** First bytes of a cache file; counts up when the layout or the decoding changes. */
const MAGIC = Buffer.from('MFMPIX01');

/** Bytes hashed or read in one call; Node's limit is 2 GB. */
const PIECE = 2 ** 30;

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += PIECE) yield bytes.subarray(start, start + PIECE);
}

/** `$XDG_CACHE_HOME/mfm`, by default `~/.cache/mfm`. Deleting it is safe at any time. */
export function defaultCacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mfm');
}

interface Header {
  count: number;
  bodyLength: number;
  sha256: string;
  bad: BadImage[];
}

const cachePath = (folder: string, key: string) => join(folder, `${key}.pixels`);

/**
 * Stores decoded images under a key. Layout: magic, uint32 length of a JSON header, header, then the body: labels (int32),
 * widths, heights (uint16) and pixels. A cache that cannot be written is a loss of time, not an error: it is reported only.
 */
export async function writePixelCache(folder: string, key: string, { store, bad, labels }: CachedSet): Promise<void> {
  const body = [labels, store.width, store.height, store.bytes].map(
    // Views of shared memory cannot be written by every API; Buffer over the same memory can.
    (array) => Buffer.from(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength),
  );
  const hash = createHash('sha256');
  for (const part of body) for (const piece of pieces(part)) hash.update(piece);
  const bodyLength = body.reduce((sum, part) => sum + part.length, 0);
  const header: Header = { count: labels.length, bodyLength, sha256: hash.digest('hex'), bad };
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const path = cachePath(folder, key);
  try {
    await writeFileAtomic(path, [MAGIC, length, json, ...body]);
  } catch (error) {
    process.stderr.write(`decoded images are not kept for the next start: ${(error as Error).message}\n`);
  }
}

/** Reads decoded images back; undefined when there are none, or the file is not whole: it is then made anew. */
export async function readPixelCache(folder: string, key: string): Promise<CachedSet | undefined> {
  try {
    const file = await open(cachePath(folder, key));
    try {
      const start = Buffer.alloc(MAGIC.length + 4);
      await file.read(start, 0, start.length, 0);
      if (!start.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
      const json = Buffer.alloc(start.readUInt32LE(MAGIC.length));
      await file.read(json, 0, json.length, start.length);
      const header = JSON.parse(json.toString()) as Header;
      const position = start.length + json.length;
      if ((await file.stat()).size !== position + header.bodyLength) return undefined;
      const body = sharedBytes(header.bodyLength);
      const hash = createHash('sha256');
      for (const piece of pieces(body)) {
        const { bytesRead } = await file.read(piece, 0, piece.length, position + (piece.byteOffset - body.byteOffset));
        if (bytesRead !== piece.length) return undefined;
        hash.update(piece);
      }
      return hash.digest('hex') === header.sha256 ? unpack(header, body) : undefined;
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

function unpack({ count, bad }: Header, body: Uint8Array): CachedSet {
  const labels = new Int32Array(body.buffer, 0, count);
  const width = new Uint16Array(body.buffer, count * 4, count);
  const height = new Uint16Array(body.buffer, count * 6, count);
  const bytes = body.subarray(count * 8);
  const offset = sharedFloat64(count);
  for (let i = 1; i < count; i++) offset[i] = offset[i - 1]! + width[i - 1]! * height[i - 1]! * 3;
  return { store: { kind: 'pixels', bytes, offset, width, height }, bad, labels };
}
