import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '@mfm/cli';
import type { ArchiveStore } from '../store/archive-store.ts';
import { decodeAll, isTiny } from '../store/decode-all.ts';
import { defaultCacheFolder, readPixelCache, writePixelCache } from '../store/pixel-cache.ts';
import { packStrings, sharedBytes, sharedFloat64, sharedInt32 } from '../store/shared-memory.ts';
import { type Dataset, makeDataset, makeDecodedDataset } from './dataset.ts';
import type { DatasetKind, OpenOptions } from './open-options.ts';
import { chooseSplit, KNOWN_SPLITS } from './split.ts';
import { indexTar, type TarSample } from './tar-index.ts';

export const SHARD = /\.(tar|tar\.gz|tgz)$/i;
/** Larger sets are not hashed: they are not of tiny images, and hashing would take seconds. */
const HASHED_UP_TO = 2 * 2 ** 30;

export async function listShards(spec: string): Promise<string[]> {
  const info = await stat(spec);
  if (info.isFile()) return SHARD.test(spec) ? [spec] : [];
  const names = (await readdir(spec)).filter((name) => SHARD.test(name) && !name.startsWith('.'));
  return names.sort().map((name) => join(spec, name));
}

/** The split in a shard's name: `cifar10-train.tar.gz`, `train-000123.tar`. */
export function splitOf(shard: string): string | undefined {
  const words = basename(shard)
    .toLowerCase()
    .split(/[^a-z]+/);
  return KNOWN_SPLITS.find((split) => words.includes(split));
}

export async function listSplits(spec: string): Promise<string[]> {
  if ((await stat(spec)).isFile()) return [];
  const present = new Set((await listShards(spec)).map(splitOf));
  return KNOWN_SPLITS.filter((split) => present.has(split));
}

/** Class names from a `meta.json` beside the shards (`classes`: names in label order); undefined without one. */
export async function readClasses(folder: string): Promise<string[] | undefined> {
  const path = join(folder, 'meta.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { classes } = JSON.parse(text) as { classes?: unknown };
    if (classes === undefined) return undefined;
    if (Array.isArray(classes) && classes.every((name) => typeof name === 'string')) return classes;
  } catch {
    // Reported below, as any other content that is not understood.
  }
  throw new UserError(`openDataset: "${path}" must be JSON with "classes" as a list of names. Correct or remove it.`);
}

async function contentKey(shards: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update('webdataset 1');
  for (const shard of shards) {
    for await (const chunk of createReadStream(shard, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

/** Brings the samples of all shards into one store. */
function makeStore(shards: readonly string[], samples: readonly (readonly TarSample[])[]): ArchiveStore {
  const all = samples.flat();
  const compressed = all.some(({ bytes }) => bytes);
  if (compressed && !all.every(({ bytes }) => bytes)) {
    throw new UserError(
      'openDataset: shards must be all .tar or all compressed, got both. Unpack the compressed ones.',
    );
  }
  const offset = sharedFloat64(all.map((sample) => sample.offset));
  const size = sharedInt32(all.map((sample) => sample.size));
  const bytes = compressed ? sharedBytes(size.reduce((sum, length) => sum + length, 0)) : undefined;
  let end = 0;
  for (const [i, sample] of all.entries()) {
    if (!bytes) break;
    bytes.set(sample.bytes!, end);
    offset[i] = end;
    end += sample.size;
  }
  const shard = sharedInt32(samples.flatMap((list, i) => list.map(() => i)));
  return { kind: 'archive', shards, shard, offset, size, members: packStrings(all.map((s) => s.member)), bytes };
}

async function openShards(spec: string, options: OpenOptions): Promise<Dataset> {
  const split = chooseSplit(spec, options.split, await listSplits(spec));
  const shards = (await listShards(spec)).filter((shard) => split === undefined || splitOf(shard) === split);
  const sizes = await Promise.all(shards.map(async (shard) => (await stat(shard)).size));
  const named = await readClasses(dirname(shards[0]!));
  const name = basename(spec).replace(SHARD, '');
  const contents = { name, split, skipBad: options.skipBad ?? false };
  const classesOf = (labels: ArrayLike<number>) =>
    named ?? Array.from({ length: Array.from(labels).reduce((a, b) => Math.max(a, b), 0) + 1 }, (_, i) => String(i));

  const cacheFolder = options.cacheFolder ?? defaultCacheFolder();
  const total = sizes.reduce((a, b) => a + b, 0);
  const key = total <= HASHED_UP_TO ? await contentKey(shards) : undefined;
  const cached = key && (await readPixelCache(cacheFolder, key));
  if (cached) return makeDecodedDataset({ ...contents, classes: classesOf(cached.labels) }, cached);

  const samples: TarSample[][] = [];
  for (const shard of shards) samples.push(await indexTar(shard));
  const labels = Int32Array.from(samples.flat(), (sample) => sample.label);
  if (labels.length === 0) {
    throw new UserError(`openDataset: shards must hold images with labels, got none in ${shards.join(', ')}.`);
  }
  const classes = classesOf(labels);
  const store = makeStore(shards, samples);
  // Checks labels before minutes of decoding.
  const lazy = makeDataset({ ...contents, classes, labels, store });
  if (!key || !(await isTiny(store, labels.length))) return lazy;
  const decoded = { ...(await decodeAll(store, labels.length, name)), labels };
  await writePixelCache(cacheFolder, key, decoded);
  return makeDecodedDataset({ ...contents, classes }, decoded);
}

/** WebDataset shards, `.tar` or `.tar.gz`: a folder of them (a split by the shards' names), or one file. */
export const webdataset: DatasetKind = {
  title: 'WebDataset shards (.tar, .tar.gz)',
  detect: async (spec) => (await listShards(spec)).length > 0,
  splits: listSplits,
  open: openShards,
};
