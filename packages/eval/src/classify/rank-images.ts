import { UserError } from '@mfm/cli';
import { createLoader, type Dataset, type TransformSpec } from '@mfm/data';
import { batchSizeFor } from '../features/extract-features.ts';
import type { VectorModel } from '../model/feature-model.ts';

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

/**
 * Classifies a data set, batch by batch. An undecodable image of a `skipBad` data set is left out.
 *
 * @throws UserError when no image is left, or a score is not finite
 */
export async function rankImages(
  model: VectorModel,
  dataset: Dataset,
  {
    subset,
    transform,
    workers,
    onProgress,
  }: {
    readonly subset: Int32Array;
    readonly transform: TransformSpec;
    readonly workers?: number | undefined;
    readonly onProgress?: (done: number) => void;
  },
): Promise<RankedImages> {
  const batchSize = Math.min(batchSizeFor(model.preprocessing.imageSize), subset.length);
  const top = new Int32Array(subset.length * KEPT);
  const labels = new Int32Array(subset.length);
  const indices = new Int32Array(subset.length);
  let count = 0;
  const loader = createLoader(dataset, { batchSize, transform, subset, ...(workers !== undefined && { workers }) });
  try {
    for await (const batch of loader.epoch(0)) {
      const scores = await model.run(batch.pixels);
      const bad = scores.find((value) => !Number.isFinite(value));
      if (bad !== undefined) {
        throw new UserError(
          `eval classify: scores of ${model.path} must be finite, got ${bad}. The model is broken, or its training diverged.`,
        );
      }
      for (let row = 0; row < batch.labels.length; row++) {
        const own = scores.subarray(row * model.dim, (row + 1) * model.dim);
        largestScores(own, top.subarray((count + row) * KEPT, (count + row + 1) * KEPT));
      }
      labels.set(batch.labels, count);
      indices.set(batch.indices, count);
      count += batch.labels.length;
      onProgress?.(count);
    }
  } finally {
    await loader.close();
  }
  if (count === 0) throw new UserError(`eval classify: ${dataset.name} must hold a decodable image, got none.`);
  return {
    top: top.subarray(0, count * KEPT),
    labels: labels.subarray(0, count),
    indices: indices.subarray(0, count),
  };
}
