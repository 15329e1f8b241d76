import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@mfm/cli';
import type { PixelStore } from '../store/pixel-store.ts';
import { sharedBytes, sharedFloat64 } from '../store/shared-memory.ts';
import { type Dataset, makeDataset } from './dataset.ts';
import type { DatasetKind, OpenOptions } from './open-options.ts';
import { chooseSplit } from './split.ts';

const SIDE = 32;
const PLANE = SIDE * SIDE;
/** One label byte, then red, green and blue planes. */
const RECORD = 1 + 3 * PLANE;

const SPLIT_FILES: Record<string, readonly string[]> = {
  train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`),
  test: ['test_batch.bin'],
};
const CLASSES = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');
/** Folder inside the official archive, cifar-10-binary.tar.gz. */
const OFFICIAL_FOLDER = 'cifar-10-batches-bin';

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

async function findFolder(spec: string): Promise<string | undefined> {
  for (const folder of [spec, join(spec, OFFICIAL_FOLDER)]) {
    for (const name of Object.values(SPLIT_FILES).flat()) if (await exists(join(folder, name))) return folder;
  }
  return undefined;
}

async function presentSplits(spec: string): Promise<string[]> {
  const folder = (await findFolder(spec)) ?? spec;
  const splits = Object.keys(SPLIT_FILES);
  const present = await Promise.all(
    splits.map(async (split) =>
      (await Promise.all(SPLIT_FILES[split]!.map((f) => exists(join(folder, f))))).some(Boolean),
    ),
  );
  return splits.filter((_, i) => present[i]);
}

async function readClasses(folder: string): Promise<string[]> {
  const path = join(folder, 'batches.meta.txt');
  if (!(await exists(path))) return CLASSES;
  return (await readFile(path, 'utf8')).split(/\r?\n/).filter((line) => line !== '');
}

async function readBatch(path: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(`openDataset: CIFAR-10 needs "${path}", got ${code}. Unpack cifar-10-binary.tar.gz again.`);
  }
  if (bytes.length > 0 && bytes.length % RECORD === 0) return bytes;
  throw new UserError(
    `openDataset: the size of "${path}" must be a multiple of ${RECORD} bytes, got ${bytes.length}. ` +
      'The file is truncated or not the binary version of CIFAR-10.',
  );
}

/** Planes to interleaved RGB. */
function interleave(record: Uint8Array, out: Uint8Array): void {
  for (let i = 0; i < PLANE; i++) {
    out[3 * i] = record[1 + i]!;
    out[3 * i + 1] = record[1 + PLANE + i]!;
    out[3 * i + 2] = record[1 + 2 * PLANE + i]!;
  }
}

async function openCifar10(spec: string, options: OpenOptions): Promise<Dataset> {
  const split = chooseSplit(spec, options.split, await presentSplits(spec))!;
  const folder = (await findFolder(spec))!;
  const batches = await Promise.all(SPLIT_FILES[split]!.map((file) => readBatch(join(folder, file))));
  const count = batches.reduce((sum, batch) => sum + batch.length / RECORD, 0);
  const labels = new Int32Array(count);
  const bytes = sharedBytes(count * 3 * PLANE);
  let index = 0;
  for (const batch of batches) {
    for (let start = 0; start < batch.length; start += RECORD, index++) {
      labels[index] = batch[start]!;
      interleave(batch.subarray(start, start + RECORD), bytes.subarray(index * 3 * PLANE, (index + 1) * 3 * PLANE));
    }
  }
  const side = new Uint16Array(new SharedArrayBuffer(count * 2)).fill(SIDE);
  const offset = sharedFloat64(Array.from({ length: count }, (_, i) => i * 3 * PLANE));
  const store: PixelStore = { kind: 'pixels', bytes, offset, width: side, height: side };
  const classes = await readClasses(folder);
  return makeDataset({ name: 'cifar10', split, classes, labels, store, skipBad: options.skipBad ?? false });
}

/** CIFAR-10 as its authors publish it: `data_batch_1.bin … 5`, `test_batch.bin`, `batches.meta.txt`. */
export const cifar10: DatasetKind = {
  title: 'the CIFAR-10 binary version',
  detect: async (spec) => (await findFolder(spec)) !== undefined,
  splits: presentSplits,
  open: openCifar10,
};
