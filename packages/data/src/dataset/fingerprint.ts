import { createHash, type Hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageStore } from '../store/image-store.ts';
import { type StringTable, stringAt } from '../store/shared-memory.ts';
import type { Dataset } from './dataset.ts';

/** Bytes hashed in one call; Node's limit is 2 GB. */
const PIECE = 2 ** 30;

type Absorb<S> = (store: S, hash: Hash) => void | Promise<void>;
type StoreOf<K extends ImageStore['kind']> = Extract<ImageStore, { kind: K }>;

/** Views of shared memory cannot be hashed; Buffer over the same memory can. */
function absorbArray(hash: Hash, array: ArrayBufferView): void {
  const bytes = Buffer.from(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);
  for (let start = 0; start < bytes.length; start += PIECE) hash.update(bytes.subarray(start, start + PIECE));
}

async function absorbFile(hash: Hash, name: string, path: string): Promise<void> {
  const { size, mtimeMs } = await stat(path);
  hash.update(`\0${name}\0${size}\0${mtimeMs}`);
}

async function absorbFiles(hash: Hash, root: string, paths: StringTable): Promise<void> {
  for (let index = 0; index < paths.offset.length - 1; index++) {
    const name = stringAt(paths, index);
    await absorbFile(hash, name, join(root, name));
  }
}

/** What stands for the images of each kind of store: pixels in memory themselves, files by name, size and time of change. */
const ABSORB: { readonly [K in ImageStore['kind']]: Absorb<StoreOf<K>> } = {
  pixels({ bytes, width, height }, hash) {
    for (const array of [width, height, bytes]) absorbArray(hash, array);
  },
  files: ({ root, paths }, hash) => absorbFiles(hash, root, paths),
  async labelled({ root, paths, masks, classCount, reduceZeroLabel }, hash) {
    hash.update(`${classCount}\0${reduceZeroLabel}`);
    await absorbFiles(hash, root, paths);
    await absorbFiles(hash, root, masks);
  },
  scenes({ seed, split, width, height }, hash) {
    hash.update(`${seed}\0${split}\0${width}\0${height}`);
  },
  async archive({ shards, shard, offset, size }, hash) {
    for (const path of shards) await absorbFile(hash, path, path);
    for (const array of [shard, offset, size]) absorbArray(hash, array);
  },
  synthetic({ seed, split, size }, hash) {
    hash.update(`${seed}\0${split}\0${size}`);
  },
};

/**
 * A data set's identity, for caches: SHA-256 (hexadecimal) over its images, labels and classes. Images in memory count by their pixels, others
 * by their files' names, sizes and times of change, since reading all of them would take longer than a cache saves.
 */
export async function datasetFingerprint({ store, labels, classes }: Dataset): Promise<string> {
  const hash = createHash('sha256').update(`dataset 1\0${store.kind}\0${JSON.stringify(classes)}`);
  absorbArray(hash, labels);
  await (ABSORB[store.kind] as Absorb<ImageStore>)(store, hash);
  return hash.digest('hex');
}
