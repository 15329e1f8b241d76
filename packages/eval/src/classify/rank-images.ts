import { UserError } from '@mfm/cli';
import type { Dataset, TransformSpec } from '@mfm/data';
import type { Communicator } from '@mfm/mpi';
import { batchesInTurns } from '../features/batches-in-turns.ts';
import { type ExtractOptions, type FeatureBatch, featureBatches } from '../features/extract-features.ts';
import type { VectorModel } from '../model/feature-model.ts';
import { joinParts } from '../model/vector-part.ts';

/** Classes of an image that are kept. */
export const KEPT = 5;

/** What a classifier says of images. */
export interface RankedImages {
  /** `[N, KEPT]`: the model's classes of largest scores, descending; the lower class first where scores are equal; −1 where there are no more. */
  readonly top: Int32Array;
  /** `[N]`, classes of the data set. */
  readonly labels: Int32Array;
  /** `[N]`, the image's number in the data set. */
  readonly indices: Int32Array;
}

/** Puts the classes of the largest scores into `into`. */
export function largestScores(scores: Float32Array, into: Int32Array): void {
  into.fill(-1);
  for (let k = 0; k < scores.length; k++) {
    const score = scores[k]!;
    let place = into.length;
    while (place > 0 && (into[place - 1]! < 0 || score > scores[into[place - 1]!]!)) place--;
    if (place === into.length) continue;
    into.copyWithin(place + 1, place, into.length - 1);
    into[place] = k;
  }
}

/** Which images, and how they are prepared. */
export interface RankOptions extends Pick<ExtractOptions, 'workers'> {
  readonly subset: Int32Array;
  readonly transform: TransformSpec;
  readonly onProgress?: (done: number) => void;
}

async function rankBatches(
  model: VectorModel,
  batches: AsyncIterable<FeatureBatch>,
  { name }: Pick<Dataset, 'name'>,
  { subset, onProgress }: RankOptions,
): Promise<RankedImages> {
  const top = new Int32Array(subset.length * KEPT);
  const labels = new Int32Array(subset.length);
  const indices = new Int32Array(subset.length);
  let count = 0;
  for await (const batch of batches) {
    const scores = joinParts(model.parts, batch.parts);
    for (let row = 0; row < batch.labels.length; row++) {
      const own = scores.subarray(row * model.dim, (row + 1) * model.dim);
      largestScores(own, top.subarray((count + row) * KEPT, (count + row + 1) * KEPT));
    }
    labels.set(batch.labels, count);
    indices.set(batch.indices, count);
    count += batch.labels.length;
    onProgress?.(count);
  }
  if (count === 0) throw new UserError(`eval classify: ${name} must hold a decodable image, got none.`);
  return {
    top: top.subarray(0, count * KEPT),
    labels: labels.subarray(0, count),
    indices: indices.subarray(0, count),
  };
}

/**
 * Classifies a data set, batch by batch. An undecodable image of a `skipBad` data set is left out.
 *
 * @throws UserError when no image is left, or a score is not finite
 */
export const rankImages = (model: VectorModel, dataset: Dataset, options: RankOptions): Promise<RankedImages> =>
  rankBatches(model, featureBatches(model, dataset, options), dataset, options);

/**
 * The same by several ranks, each of which classifies every so-many-th batch. Every rank calls it; rank 0 alone gets the answers, in the order of one process, the
 * others undefined.
 *
 * @throws UserError as {@link rankImages}, on the rank where it happens
 */
export async function rankImagesTogether(
  communicator: Communicator,
  model: VectorModel,
  dataset: Dataset,
  options: RankOptions,
): Promise<RankedImages | undefined> {
  const batches = batchesInTurns(communicator, model, dataset, options);
  if (communicator.rank === 0) return rankBatches(model, batches, dataset, options);
  // Every rank takes part in every batch, whether it needs it or not.
  for await (const _ of batches);
  return undefined;
}
