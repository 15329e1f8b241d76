import { stat } from 'node:fs/promises';
import { UserError } from '@mfm/cli';
import { synthetic } from '../synthetic/synthetic.ts';
import { cifar10 } from './cifar10.ts';
import type { Dataset } from './dataset.ts';
import { imageFolder } from './image-folder.ts';
import type { DatasetKind, OpenOptions } from './open-options.ts';
import { webdataset } from './webdataset.ts';

/** Kinds that live in files, in the order they are tried. A new kind is a new row here. */
const KINDS: readonly DatasetKind[] = [cifar10, webdataset, imageFolder];

async function findKind(spec: string): Promise<DatasetKind> {
  if (await synthetic.detect(spec)) return synthetic;
  try {
    await stat(spec);
  } catch {
    throw new UserError(`openDataset: data must be an existing path or "synthetic", got "${spec}". Correct --data.`);
  }
  for (const kind of KINDS) if (await kind.detect(spec)) return kind;
  const titles = KINDS.map(({ title }) => title).join('; ');
  throw new UserError(
    `openDataset: "${spec}" holds no data set: no class folders, shards or batches. Known: ${titles}.`,
  );
}

/**
 * Opens a data set, its kind found by its content. Sets of tiny images (up to 64 px) are decoded once, kept in memory, and
 * cached on disk for the next start.
 *
 * @param spec `synthetic` or `synthetic:<n>`; a folder with a sub-folder per class, or such folders below `train` and `test`
 *   (or `val`); a CIFAR-10 binary folder; a folder of WebDataset shards; one `.tar` or `.tar.gz` file
 * @throws UserError for a missing folder, no or empty classes, unknown split, damaged files, labels out of range
 */
export async function openDataset(spec: string, options: OpenOptions = {}): Promise<Dataset> {
  return (await findKind(spec)).open(spec, options);
}

/** The splits that `openDataset` can open; empty for a data set without splits. */
export async function listSplits(spec: string): Promise<string[]> {
  return (await findKind(spec)).splits(spec);
}
