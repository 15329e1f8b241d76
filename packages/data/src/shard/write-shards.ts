import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError, writeFileAtomic } from '@mfm/cli';
import { pack } from 'tar-stream';
import type { Dataset } from '../dataset/dataset.ts';
import { datasetFingerprint } from '../dataset/fingerprint.ts';
import { createRandom } from '../random/random.ts';
import { type EncodedImages, openEncodedImages } from './encoded-images.ts';

export interface ShardOptions {
  /** Folder to write to; made when it is missing. */
  readonly folder: string;
  /** First part of the shards' names. */
  readonly name: string;
  /** Images per shard. */
  readonly imagesPerShard: number;
  /** Keys the order of the images; undefined keeps the data set's. */
  readonly seed: number | undefined;
  /** Told after every image how many of all are written or were there. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** One written shard. */
export interface ShardEntry {
  readonly file: string;
  readonly images: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** What `meta.json` beside the shards says of one split. */
export interface ShardSplit {
  readonly images: number;
  readonly seed: number | null;
  readonly shards: readonly ShardEntry[];
}

interface MetaFile {
  readonly classes: readonly string[];
  readonly splits: Readonly<Record<string, ShardSplit>>;
}

/** Time of change of every member. */
const WHEN = new Date(0);

async function readMeta(path: string): Promise<MetaFile | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { classes, splits = {} } = JSON.parse(text) as MetaFile;
    if (Array.isArray(classes)) return { classes, splits };
  } catch {
    // Reported below.
  }
  throw new UserError(
    `writeShards: "${path}" must be a meta.json of shards, got something else. Choose another folder.`,
  );
}

async function hashFile(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Writes one shard under a temporary name and renames it: a shard that is there is whole. */
async function writeShard(
  path: string,
  images: EncodedImages,
  { labels }: Dataset,
  samples: Int32Array,
  onImage: () => void,
): Promise<void> {
  const temporary = `${path}.partial`;
  const archive = pack();
  const file = createWriteStream(temporary);
  const finished = once(file, 'finish');
  archive.pipe(file);
  try {
    for (const sample of samples) {
      const key = String(sample).padStart(9, '0');
      const { bytes, extension } = await images.read(sample);
      // Names, times and owners that do not depend on the machine: the same images give the same bytes.
      const header = { mtime: WHEN, mode: 0o644, uid: 0, gid: 0 };
      archive.entry({ name: `${key}.cls`, ...header }, String(labels[sample]));
      archive.entry({ name: `${key}${extension}`, ...header }, Buffer.from(bytes));
      if (file.writableNeedDrain) await once(file, 'drain');
      onImage();
    }
    archive.finalize();
    await finished;
    await rename(temporary, path);
  } catch (error) {
    archive.destroy();
    file.destroy();
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Samples in the order of the shards. */
function orderOf({ length }: Dataset, seed: number | undefined): Int32Array {
  if (seed === undefined) return Int32Array.from({ length }, (_, i) => i);
  return createRandom(seed, 'shards').permutation(length);
}

/**
 * Writes a data set as WebDataset shards `<name>-<split>-000000.tar` with `meta.json` (classes; images and SHA-256 of every shard) beside them. The same
 * data set, seed and size give the same bytes on every machine. Shards that are there are kept, so that an interrupted run goes on where it was.
 *
 * @throws UserError when the folder holds shards of other images or settings, or an image cannot be decoded
 */
export async function writeShards(dataset: Dataset, options: ShardOptions): Promise<ShardSplit> {
  const { folder, name, imagesPerShard, seed } = options;
  const split = dataset.split ?? 'train';
  await mkdir(folder, { recursive: true });
  const metaPath = join(folder, 'meta.json');
  const meta = await readMeta(metaPath);
  if (meta && JSON.stringify(meta.classes) !== JSON.stringify(dataset.classes)) {
    throw new UserError(
      `writeShards: "${folder}" holds shards of ${meta.classes.length} other classes, the data set has ${dataset.classes.length}. Choose another folder.`,
    );
  }
  // What the shards that are there were made of: they are kept only by a run that would make the same ones.
  const planPath = join(folder, `.${name}-${split}.plan.json`);
  const plan = JSON.stringify({ data: await datasetFingerprint(dataset), imagesPerShard, seed: seed ?? null });
  const earlier = await readFile(planPath, 'utf8').catch(() => undefined);
  if (earlier !== undefined && earlier !== plan) {
    throw new UserError(
      `writeShards: "${folder}" holds shards of this name with other images or settings. Remove them, or choose another folder or name.`,
    );
  }
  await writeFileAtomic(planPath, plan);

  const order = orderOf(dataset, seed);
  const shards: ShardEntry[] = [];
  let done = 0;
  const advance = (images: number) => {
    done += images;
    options.onProgress?.(done, order.length);
  };
  const images = openEncodedImages(dataset);
  try {
    for (let start = 0; start < order.length; start += imagesPerShard) {
      const samples = order.subarray(start, start + imagesPerShard);
      const file = `${name}-${split}-${String(shards.length).padStart(6, '0')}.tar`;
      const path = join(folder, file);
      if (existsSync(path)) advance(samples.length);
      else await writeShard(path, images, dataset, samples, () => advance(1));
      shards.push({ file, images: samples.length, ...(await hashFile(path)) });
    }
  } finally {
    await images.close();
  }
  const written: ShardSplit = { images: order.length, seed: seed ?? null, shards };
  const splits = { ...meta?.splits, [split]: written };
  await writeFileAtomic(metaPath, `${JSON.stringify({ classes: dataset.classes, splits }, null, 2)}\n`);
  return written;
}
