import { createHash } from 'node:crypto';
import type { Progress } from '@mfm/cli';
import {
  defaultMapNorm,
  defaultMapSize,
  folderRows,
  fourierHeatMap,
  type HeatMap,
  type ImageBatch,
  makeHeatMapRows,
} from '@mfm/robustness';
import { type JobArguments, jobProgress } from '../in-job.ts';
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
  /** Folder that keeps finished rows; several ranks need one. Without it a run that is stopped begins anew. */
  readonly folder?: string | undefined;
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
 * The Fourier heat map of a model with a progress bar, going on from the rows that are kept. Of several ranks each makes every so-many-th row; rank 0 alone
 * gets the map, the others undefined.
 *
 * @throws UserError for a size above the images' side
 */
export async function runHeatMap(
  options: FrequencyOptions & JobArguments,
  run: HeatMapRun,
): Promise<HeatMap | undefined> {
  const { images, classify, batchSize, seed, folder, name, identity } = run;
  const { communicator } = options;
  const side = images.shape[3];
  const { heatmapSize: size = defaultMapSize(side), heatmapNorm: norm = defaultMapNorm(side) } = options;
  const key = { model: identity, images: hashImages(images), size, norm, seed };
  let progress: Progress | undefined;
  const map = {
    ...{ images, classify, size, norm, seed, batchSize },
    ...(folder !== undefined && { rows: folderRows(folder, key) }),
    onProgress(done: number, total: number) {
      progress ??= jobProgress(options, `heat map ${name}`, total);
      progress.update(done);
    },
  };
  try {
    if (!communicator) return await fourierHeatMap(map);
    await makeHeatMapRows(map, (row) => row % communicator.size === communicator.rank);
    await communicator.barrier();
    // What all have put into the folder is read by one, which would also make what is missing there.
    return communicator.rank === 0 ? await fourierHeatMap({ ...map, onProgress: () => {} }) : undefined;
  } finally {
    progress?.stop();
  }
}
