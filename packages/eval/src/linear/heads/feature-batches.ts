import { createLoader, createRandom, type Dataset, trainTransform } from '@mfm/data';
import { batchSizeFor } from '../../features/extract-features.ts';
import { type FeatureTable, selectRows } from '../../features/feature-table.ts';
import type { VectorModel } from '../../model/feature-model.ts';

/** A batch of features to train heads on; good until the next one. */
export interface FeatureBatch {
  /** `[B, D]`. */
  readonly features: Float32Array;
  /** `[B]`. */
  readonly labels: Int32Array;
}

/** Training features in batches of one size, in another order every epoch. What does not fill a batch is left out. */
export interface FeatureBatches {
  readonly batchesPerEpoch: number;
  epoch(epoch: number): AsyncGenerator<FeatureBatch, void, undefined>;
  close(): Promise<void>;
}

export interface BatchOptions {
  readonly batchSize: number;
  readonly seed: number;
  readonly workers?: number | undefined;
}

/** Share of the image's area that a crop keeps at least: torchvision's default, which both protocols take. */
const CROP_SCALE = [0.08, 1] as const;

/**
 * The protocols' own features: every image anew each epoch, randomly cropped, resized (bicubic) and mirrored, through the frozen model. The
 * model runs once an image and epoch; nothing of it is kept.
 *
 * @param subset indices of the images
 */
export function croppedFeatures(
  model: VectorModel,
  dataset: Dataset,
  subset: Int32Array,
  { batchSize, seed, workers }: BatchOptions,
): FeatureBatches {
  const { imageSize, interpolation } = model.preprocessing;
  const loader = createLoader(dataset, {
    ...{ batchSize: Math.min(batchSizeFor(imageSize), subset.length), shuffle: true, seed, subset },
    transform: trainTransform(imageSize, { scale: CROP_SCALE, interpolation }),
    ...(workers !== undefined && { workers }),
  });
  return {
    batchesPerEpoch: Math.floor(subset.length / batchSize),
    async *epoch(epoch) {
      const features = new Float32Array(batchSize * model.dim);
      const labels = new Int32Array(batchSize);
      let filled = 0;
      for await (const batch of loader.epoch(epoch)) {
        const values = await model.run(batch.pixels);
        // The model's batches are of another size than the heads'.
        for (let taken = 0; taken < batch.labels.length; ) {
          const rows = Math.min(batchSize - filled, batch.labels.length - taken);
          features.set(values.subarray(taken * model.dim, (taken + rows) * model.dim), filled * model.dim);
          labels.set(batch.labels.subarray(taken, taken + rows), filled);
          taken += rows;
          filled += rows;
          if (filled < batchSize) continue;
          filled = 0;
          yield { features, labels };
        }
      }
    },
    close: () => loader.close(),
  };
}

/** Features that are there already, the same every epoch: of the central crop. */
export function storedFeatures(table: FeatureTable, { batchSize, seed }: BatchOptions): FeatureBatches {
  const batchesPerEpoch = Math.floor(table.count / batchSize);
  return {
    batchesPerEpoch,
    async *epoch(epoch) {
      const shuffled = selectRows(table, createRandom(seed, epoch, 'linear head order').permutation(table.count));
      const memory = new Float32Array(batchSize * table.dim);
      for (let start = 0; start < batchesPerEpoch * batchSize; start += batchSize) {
        const labels = shuffled.labels.subarray(start, start + batchSize);
        yield { features: shuffled.readRows(start, batchSize, memory), labels };
      }
    },
    close: async () => {},
  };
}
