import { createHash } from 'node:crypto';
import { startProgress } from '@mfm/cli';
import {
  defaultMapNorm,
  defaultMapSize,
  distinctBins,
  folderRows,
  fourierHeatMap,
  type HeatMap,
  type ImageBatch,
} from '@mfm/robustness';
import type { FrequencyOptions } from './frequency-options.ts';

/** The model and the images of a heat map. */
export interface HeatMapRun {
  /** For the progress bar. */
  readonly name: string;
  /** All that changes the model's answers, as JSON: kept rows of other models are not used. */
  readonly identity: unknown;
  /** Clean images; the labels are classes of the model. */
  readonly images: ImageBatch;
  /** Predicted classes, int32 `[M]`. */
  classify(batch: ImageBatch): Promise<Int32Array>;
  readonly batchSize: number;
  readonly seed: number;
  /** Folder that keeps finished rows; without it a run that is stopped begins anew. */
  readonly results?: string;
}

/** SHA-256 of the pixels and labels. */
function hashImages({ images, labels }: ImageBatch): string {
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of [images, labels]) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}

/**
 * The Fourier heat map of a model with a progress bar, going on from the rows that are kept.
 *
 * @throws UserError for a size above the images' side
 */
export async function runHeatMap(options: FrequencyOptions, run: HeatMapRun): Promise<HeatMap> {
  const { images, classify, batchSize, seed, results, name, identity } = run;
  const side = images.shape[3];
  const { heatmapSize: size = defaultMapSize(side), heatmapNorm: norm = defaultMapNorm(side) } = options;
  const key = { model: identity, images: hashImages(images), size, norm, seed };
  const bins = distinctBins(size, side).reduce((sum, row) => sum + row.bins.length, 0);
  const progress = startProgress(`heat map ${name}`, images.shape[0] * bins);
  try {
    return await fourierHeatMap({
      ...{ images, classify, size, norm, seed, batchSize },
      ...(results !== undefined && { rows: folderRows(results, key) }),
      onProgress: (done) => progress.update(done),
    });
  } finally {
    progress.stop();
  }
}
