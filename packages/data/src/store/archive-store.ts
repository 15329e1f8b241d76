import { type FileHandle, open } from 'node:fs/promises';
import { decodeImage, UndecodableImage } from '../image/decode.ts';
import type { ImageReader } from './image-store.ts';
import { type StringTable, stringAt } from './shared-memory.ts';

/** Encoded images inside tar shards. */
export interface ArchiveStore {
  kind: 'archive';
  /** Paths of the shards. */
  shards: readonly string[];
  /** Shard, first byte and length of each image. */
  shard: Int32Array;
  offset: Float64Array;
  size: Int32Array;
  /** Member name of each image. */
  members: StringTable;
  /** The encoded images themselves where shards are compressed; `offset` then counts in here, not in the shard. */
  bytes: Uint8Array | undefined;
}

/** Reads the encoded images of tar shards on demand; keeps the shards open. */
export function openArchiveMembers(store: ArchiveStore) {
  const handles = new Map<number, Promise<FileHandle>>();

  /** The encoded bytes. */
  async function read(index: number): Promise<Uint8Array> {
    const [start, size, shard] = [store.offset[index]!, store.size[index]!, store.shard[index]!];
    // sharp does not take views of shared memory: `slice` copies the few kilobytes.
    if (store.bytes) return new Uint8Array(store.bytes.subarray(start, start + size));
    let handle = handles.get(shard);
    if (!handle) {
      handle = open(store.shards[shard]!);
      handles.set(shard, handle);
    }
    const bytes = new Uint8Array(size);
    const { bytesRead } = await (await handle).read(bytes, 0, size, start);
    if (bytesRead !== size) throw new Error(`the shard ends after ${bytesRead} of ${size} bytes`);
    return bytes;
  }

  return {
    read,
    async close() {
      const open = [...handles.values()];
      handles.clear();
      await Promise.all(open.map(async (handle) => (await handle).close()));
    },
  };
}

/** Reads and decodes members of tar shards on demand; keeps the shards open. */
export function openArchiveStore(store: ArchiveStore): ImageReader {
  const members = openArchiveMembers(store);
  return {
    async read(index) {
      const name = `${store.shards[store.shard[index]!]}: ${stringAt(store.members, index)}`;
      let bytes: Uint8Array;
      try {
        bytes = await members.read(index);
      } catch (error) {
        throw new UndecodableImage(name, (error as Error).message);
      }
      return decodeImage(bytes, name);
    },
    close: () => members.close(),
  };
}
