import { didYouMean, UserError } from '@mfm/cli';

/** Names under which folders and shards keep a split; the first is the project's name for it. */
const SPLIT_NAMES: readonly (readonly string[])[] = [['train'], ['test', 'val', 'valid', 'validation']];

/** Every name that a folder or shard of a split may have. */
export const KNOWN_SPLITS: readonly string[] = SPLIT_NAMES.flat();

/**
 * Chooses a split: the one asked for, or another name of it (`test` finds `val`), or by default `train`. A data set without
 * splits is one training set; it has no `test`, so that nothing is evaluated on what it was trained on by oversight.
 *
 * @returns the data set's own name for it; undefined where it has no splits
 * @throws UserError when the data set has no such split
 */
export function chooseSplit(
  dataset: string,
  wanted: string | undefined,
  present: readonly string[],
): string | undefined {
  if (present.length === 0) {
    if (wanted === undefined || wanted === 'train') return undefined;
    throw new UserError(
      `openDataset: ${dataset} must have a split "${wanted}", got a data set without splits. ` +
        'Open it without a split, or put its classes below folders named train and test.',
    );
  }
  const name = wanted ?? (present.includes('train') ? 'train' : present[0]!);
  const names = SPLIT_NAMES.find((aliases) => aliases.includes(name)) ?? [];
  const found = present.includes(name) ? name : names.find((alias) => present.includes(alias));
  if (found !== undefined) return found;
  throw new UserError(`openDataset: ${dataset} has no split "${name}"${didYouMean(name, present)}`);
}
