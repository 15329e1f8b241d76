import { availableParallelism } from 'node:os';
import type { Dataset, TransformSpec } from '@mfm/data';
import { nearestTableSize } from '../corruption/corrupt-image.ts';
import type { Severity, TableSize } from '../corruption/corruption.ts';
import { createCorruptionPool } from './corruption-pool.ts';
import { corruptionTests } from './corruption-tests.ts';
import { correctness } from './outcomes.ts';
import { memoryStore } from './result-store.ts';
import { corruptionScores, type RobustnessResult, score } from './robustness-result.ts';
import { type Classifier, runTests } from './run-tests.ts';
import { CLEAN } from './test-case.ts';

/** What is evaluated, on what. */
export interface RobustnessOptions {
  /** Its scores stand in the order of the data set's classes. */
  classifier: Classifier;
  dataset: Dataset;
  /** Indices of the images to use. Default: all. */
  subset?: Int32Array;
  /** An evaluation transform. */
  transform: TransformSpec;
  /** Images that the model sees at once. Default 256. */
  batchSize?: number;
  /** Names; default: all of the table. */
  corruptions?: readonly string[];
  /** Default 1 to 5. */
  severities?: readonly Severity[];
  /** Keys the draws of stochastic corruptions, with the image's index. Default 0. */
  seed?: number;
  /** Parameter table; default: the nearest to the images' size. */
  tableSize?: TableSize;
  /** Threads that corrupt; 0 works in the caller's. Default: one per core. Never changes the figures. */
  workers?: number;
  /** Told after every batch how many predictions of all are made, and for which test. */
  onProgress?: (done: number, total: number, text: string) => void;
}

/** Images per chunk in batches: what is decoded and held at once. */
const BATCHES_PER_CHUNK = 4;

/**
 * Measures a classifier on clean images and under corruptions made on the fly: top-1 per corruption and severity, means over severities and over
 * corruptions. The figures are a function of (classifier, images, corruptions, severities, seed, table) alone. For more (other measures, kept
 * results, several models) see `runTests`.
 *
 * Figures of images corrupted in memory are not comparable to those on the published JPEG files of ImageNet-C.
 *
 * @throws UserError for an unknown corruption, no severity, or a data set without images
 */
export async function evaluateRobustness(options: RobustnessOptions): Promise<RobustnessResult> {
  const { classifier, dataset, transform, seed = 0, batchSize = 256, workers = availableParallelism() } = options;
  const { size } = transform;
  const { tableSize = nearestTableSize({ width: size, height: size }) } = options;
  const { subset = Int32Array.from({ length: dataset.length }, (_, i) => i), onProgress } = options;
  const subjects = [{ classifier, classMap: { targets: Int32Array.from(dataset.classes, (_, i) => i) } }];
  const pool = createCorruptionPool(workers);
  try {
    const tests = [CLEAN, ...corruptionTests(pool, { ...options, seed, tableSize })];
    const results = await runTests({
      ...{ prefix: '', dataset, subset, transform, batchSize, workers },
      chunkSize: BATCHES_PER_CHUNK * batchSize,
      tests: tests.map((test) => ({ test, subjects })),
      store: memoryStore(),
      ahead: pool.depth,
      ...(onProgress && { onProgress }),
    });
    const accuracies = new Map<string, number>();
    let images = 0;
    for (const { id, outcomes } of results) {
      const right = correctness(await outcomes());
      images = right.length;
      accuracies.set(id, right.reduce((sum, value) => sum + value, 0) / images);
    }
    const clean = score(accuracies.get(CLEAN.id)!);
    return { images, clean, ...corruptionScores(accuracies, 'corruption/'), tableSize, seed };
  } finally {
    await pool.close();
  }
}
