import { UserError } from '@mfm/cli';
import { createLoader, type Dataset, evalTransform } from '@mfm/data';
import type { VectorModel } from './feature-model.ts';
import type { FeatureTable } from './feature-table.ts';

/** Images per run of the model, by their side: small images need large batches to fill the cores, large ones would fill memory. */
const batchSizeFor = (imageSize: number) => (imageSize <= 64 ? 256 : 32);

export interface ExtractOptions {
  /** Indices of the images to use, in this order. Default: all. */
  readonly subset?: Int32Array;
  readonly batchSize?: number;
  /** Loader threads. */
  readonly workers?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Streams a data set through a model with the evaluation transform (resize, central crop) and keeps one vector per image. Only the vectors
 * are held: memory is images × dim × 4 bytes. An undecodable image of a `skipBad` data set is left out.
 *
 * @throws UserError when no image is left, or the model gives values that are not finite
 */
export async function extractFeatures(
  model: VectorModel,
  dataset: Dataset,
  options: ExtractOptions = {},
): Promise<FeatureTable> {
  const { imageSize, resize } = model.preprocessing;
  const { subset, workers, onProgress } = options;
  const total = subset?.length ?? dataset.length;
  const loader = createLoader(dataset, {
    batchSize: Math.min(options.batchSize ?? batchSizeFor(imageSize), total),
    transform: evalTransform(imageSize, resize),
    ...(subset && { subset }),
    ...(workers !== undefined && { workers }),
  });
  const features = new Float32Array(total * model.dim);
  const labels = new Int32Array(total);
  let count = 0;
  try {
    for await (const batch of loader.epoch(0)) {
      features.set(await model.run(batch.pixels), count * model.dim);
      labels.set(batch.labels, count);
      count += batch.labels.length;
      onProgress?.(count, total);
    }
  } finally {
    await loader.close();
  }
  if (count === 0) throw new UserError(`extractFeatures: ${dataset.name} must hold a decodable image, got none.`);
  const bad = features.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new UserError(
      `extractFeatures: "${model.output}" of ${model.path} must be finite, got ${features[bad]} for image ${Math.floor(bad / model.dim)}. ` +
        'The model is broken, or its training diverged.',
    );
  }
  return {
    features: features.subarray(0, count * model.dim),
    labels: labels.subarray(0, count),
    count,
    dim: model.dim,
  };
}
