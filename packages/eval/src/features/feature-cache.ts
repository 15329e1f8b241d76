import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dataset, datasetFingerprint, defaultCacheFolder } from '@mfm/data';
import { type Communicator, fromRoot } from '@mfm/mpi';
import type { VectorModel } from '../model/feature-model.ts';
import { batchesInTurns } from './batches-in-turns.ts';
import { type ExtractOptions, extractInto, fillSinks, modelTransform } from './extract-features.ts';
import { fileSink, openFeatureFile } from './feature-file.ts';
import type { FeatureSink } from './feature-sink.ts';
import { type FeatureTable, joinColumns } from './feature-table.ts';

/** Where features are kept between commands. */
export interface CacheOptions {
  /** Default `$XDG_CACHE_HOME/mfm/features`, or `~/.cache/mfm/features`. Deleting it is safe at any time. */
  readonly cacheFolder?: string;
  /** False: extract anew, into files that are gone at the end. Default true. */
  readonly cache?: boolean;
  /** Where the model runs: features of different devices differ in rounding. */
  readonly device?: string;
}

/** Counts up when the layout of files or what a transform does changes. */
const FORMAT = 1;

const isRandom = (type: string) => type === 'random-resized-crop' || type === 'finetune';

/** What a part's features are a function of: equal keys mean equal features. */
async function cacheKeys(
  model: VectorModel,
  dataset: Dataset,
  { subset, seed = 0, epoch = 0, transform = modelTransform(model) }: ExtractOptions,
  device: string,
): Promise<string[]> {
  const { encoding, mean, std, imageSize } = model.preprocessing;
  const images = createHash('sha256').update(Buffer.from(subset ? Int32Array.from(subset).buffer : new ArrayBuffer(0)));
  const key = {
    ...{ format: FORMAT, model: model.hash, device, data: await datasetFingerprint(dataset) },
    ...{ subset: subset ? images.digest('hex') : null, transform, encoding, imageSize, mean, std },
    ...(isRandom(transform.type) && { seed, epoch }),
  };
  return model.parts.map(({ name }) =>
    createHash('sha256')
      .update(JSON.stringify({ ...key, part: name }))
      .digest('hex'),
  );
}

/** Features out of the cache, or else the sinks that they go to. */
type Kept = { readonly table: FeatureTable } | { readonly sinks: readonly FeatureSink[] };

async function findKept(model: VectorModel, dataset: Dataset, options: ExtractOptions & CacheOptions): Promise<Kept> {
  const { cacheFolder = join(defaultCacheFolder(), 'features'), cache = true, device = 'cpu' } = options;
  if (!cache) return { sinks: model.parts.map(({ dim }) => fileSink({ folder: tmpdir() }, dim, {})) };
  const keys = await cacheKeys(model, dataset, options, device);
  const paths = keys.map((key) => join(cacheFolder, `${key}.safetensors`));
  const kept = await Promise.all(paths.map((path, i) => openFeatureFile(path, model.parts[i]!.dim)));
  if (kept.every((table) => table !== undefined)) return { table: joinColumns(kept) };
  for (const table of kept) table?.close();
  const metadata = { model_sha256: model.hash, data: dataset.name };
  return {
    sinks: model.parts.map(({ name, dim }, i) => fileSink({ keep: paths[i]! }, dim, { ...metadata, output: name })),
  };
}

/**
 * Features of a data set in files: read from the cache, or extracted into it. The cache's key is made of the model's hash, the data set's
 * fingerprint, the images chosen, the transform with its draws, and the output, each output in a file of its own. Memory does not grow with the number of
 * images, but for their labels. Close the table when done.
 *
 * @throws UserError as `extractFeatures`, and when the folder cannot be written to
 */
export async function openFeatures(
  model: VectorModel,
  dataset: Dataset,
  options: ExtractOptions & CacheOptions = {},
): Promise<FeatureTable> {
  const kept = await findKept(model, dataset, options);
  return 'table' in kept ? kept.table : joinColumns(await extractInto(kept.sinks, model, dataset, options));
}

/**
 * Puts the features of a data set into the cache, by several ranks, each of which extracts every so-many-th batch: the rows that {@link openFeatures} would put
 * there. Every rank calls it; rank 0 alone reads and writes the cache.
 *
 * @throws UserError as `openFeatures`
 */
export async function cacheFeaturesTogether(
  communicator: Communicator,
  model: VectorModel,
  dataset: Dataset,
  options: ExtractOptions & Omit<CacheOptions, 'cache'> = {},
): Promise<void> {
  let sinks: readonly FeatureSink[] | undefined;
  const isThere = await fromRoot(communicator, async () => {
    const kept = await findKept(model, dataset, options);
    if ('table' in kept) kept.table.close();
    else sinks = kept.sinks;
    return 'table' in kept;
  });
  if (isThere) return;
  const batches = batchesInTurns(communicator, model, dataset, options);
  if (sinks) {
    const total = options.subset?.length ?? dataset.length;
    for (const table of await fillSinks(sinks, batches, dataset, total, options.onProgress)) table.close();
    // Every rank takes part in every batch, whether it needs it or not.
  } else for await (const _ of batches);
}
