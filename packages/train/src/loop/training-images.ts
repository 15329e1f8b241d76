import { UserError } from '@mfm/cli';
import {
  createLoader,
  createRandom,
  createStreamLoader,
  type Dataset,
  type Loader,
  openStream,
  type StreamSet,
} from '@mfm/data';
import type { TrainConfig } from '../config/train-config.ts';
import { openData } from './create-job.ts';
import type { RankSetup } from './rank-setup.ts';
import type { TrainingJob } from './training-job.ts';

/** What is known of images that are trained on, whether they are listed or streamed. */
export type TrainingSet = Dataset | StreamSet;

const isStream = (set: TrainingSet): set is StreamSet => 'counts' in set;

/**
 * Opens the training images of a configuration: `data.stream` from the beginnings of shards to their ends, else listed, for access at random.
 *
 * @throws UserError for unusable data, and for a stream of which only some images are wanted
 */
export async function openTrainingSet(config: TrainConfig): Promise<TrainingSet> {
  const { path, split, skipBad, stream, images } = config.data;
  if (!stream) return openData(config);
  if (config.kind === 'segmentation') {
    throw new UserError('data.stream: must be left out where a segmenter is trained: shards hold no masks.');
  }
  if (images === undefined) return openStream(path, { skipBad, ...(split !== undefined && { split }) });
  throw new UserError(
    `data.images: must be left out with data.stream, which reads all images, got ${images}. Write shards of fewer ("pnpm data shard").`,
  );
}

/** The images that are trained on, ascending; undefined for all. */
function chooseImages({ seed, data: { images } }: TrainConfig, { name, length }: TrainingSet): Int32Array | undefined {
  if (images === undefined) return undefined;
  if (images > length) {
    throw new UserError(`data.images: must be at most the images of ${name} (${length}), got ${images}.`);
  }
  return createRandom(seed, 'images').permutation(length).subarray(0, images).sort();
}

/** Opens the loader of the training images; `images`: how many there are. */
export function openTrainingLoader(
  { config, transform, degradation }: TrainingJob,
  set: TrainingSet,
  rank: RankSetup | undefined,
): { loader: Loader; images: number } {
  const { batchSize, seed, data } = config;
  const part = rank && { rank: rank.communicator.rank, ranks: rank.communicator.size };
  // Without a number the loader would take every core, of which this rank has a share.
  const workers = data.workers ?? (rank && !set.inMemory ? rank.threads : undefined);
  const options = {
    ...{ batchSize, seed, transform },
    ...(degradation && { degradation }),
    ...(part && { part }),
    ...(workers !== undefined && { workers }),
  };
  if (isStream(set)) return { loader: createStreamLoader(set, options), images: set.length };
  const subset = chooseImages(config, set);
  const loader = createLoader(set, { ...options, shuffle: true, dropLast: true, ...(subset && { subset }) });
  return { loader, images: subset?.length ?? set.length };
}
