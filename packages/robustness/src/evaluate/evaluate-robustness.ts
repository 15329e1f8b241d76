import { availableParallelism } from 'node:os';
import { UserError } from '@mfm/cli';
import type { Batch, Loader } from '@mfm/data';
import { nearestTableSize } from '../corruption/corrupt-image.ts';
import { type Corruption, SEVERITIES, type Severity, type TableSize } from '../corruption/corruption.ts';
import { CORRUPTIONS, findCorruption } from '../corruption/corruption-table.ts';
import { type CorruptionPool, createCorruptionPool } from './corruption-pool.ts';
import { countCorrect, type Predict } from './predict.ts';
import { meanScore, type RobustnessResult, score } from './robustness-result.ts';

/** What is evaluated, on what. */
export interface RobustnessOptions {
  predict: Predict;
  /** Batches of clean images under the evaluation transform, not shuffled. Epoch 0 is read once. */
  loader: Pick<Loader, 'batchesPerEpoch' | 'epoch'>;
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
  /** Told after every prediction how many of all predictions (a batch each) are done, and what is running. */
  onProgress?: (done: number, total: number, text: string) => void;
}

/** One (corruption, severity) and its count of right answers. */
interface Cell {
  corruption: Corruption;
  severity: Severity;
  correct: number;
}

function makeCells(options: RobustnessOptions): Cell[] {
  const corruptions = options.corruptions?.map(findCorruption) ?? CORRUPTIONS;
  const severities = options.severities ?? SEVERITIES;
  const wrong = severities.find((severity) => !SEVERITIES.includes(severity));
  if (wrong !== undefined || severities.length === 0 || corruptions.length === 0) {
    const got = `${corruptions.length} corruptions, severities [${severities.join(', ')}]`;
    throw new UserError(
      `evaluateRobustness: at least one corruption and severities from ${SEVERITIES.join(', ')} are needed, got ${got}.`,
    );
  }
  return corruptions.flatMap((corruption) => severities.map((severity) => ({ corruption, severity, correct: 0 })));
}

/** Clean pixels where all threads can read them: a batch is sent once per cell. */
function share({ pixels }: Batch): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(pixels.length));
  shared.set(pixels);
  return shared;
}

/** The corrupted versions of a batch in the order of `cells`, made ahead by the pool while the caller predicts. */
async function* corruptedVersions(
  batch: Batch,
  cells: readonly Cell[],
  pool: CorruptionPool,
  { seed, tableSize }: { seed: number; tableSize: TableSize },
): AsyncGenerator<{ cell: Cell; pixels: Uint8Array }> {
  const pixels = share(batch);
  const { shape, indices } = batch;
  const start = ({ corruption, severity }: Cell) => {
    const made = pool.corrupt({ pixels, shape, indices, corruption: corruption.name, severity, seed, tableSize });
    // Its turn may come after an earlier one has failed; the failure is reported there.
    made.catch(() => {});
    return made;
  };
  const ahead: Promise<Uint8Array>[] = [];
  let next = 0;
  for (const cell of cells) {
    while (next < cells.length && ahead.length <= pool.depth) ahead.push(start(cells[next++]!));
    yield { cell, pixels: await ahead.shift()! };
  }
}

function summarise(cells: readonly Cell[], images: number): Pick<RobustnessResult, 'corruptions' | 'mean'> {
  const names = [...new Set(cells.map(({ corruption }) => corruption))];
  const corruptions = names.map((corruption) => {
    const severities = cells
      .filter((cell) => cell.corruption === corruption)
      .map(({ severity, correct }) => ({ severity, ...score(correct / images) }));
    const { name, category, extra } = corruption;
    return { name, category, extra, severities, ...meanScore(severities) };
  });
  return { corruptions, mean: meanScore(corruptions) };
}

/**
 * Measures a classifier on clean images and under corruptions made on the fly: top-1 per corruption and severity, means
 * over severities and over corruptions. Each image is decoded once; corrupting (on threads) overlaps with prediction.
 * The figures are a function of (predictor, images, corruptions, severities, seed, table) alone.
 *
 * Figures of images corrupted in memory are not comparable to those on the published JPEG files of ImageNet-C.
 *
 * @throws UserError for an unknown corruption, no severity, or a loader without images
 */
export async function evaluateRobustness(options: RobustnessOptions): Promise<RobustnessResult> {
  const { predict, loader, seed = 0, workers = availableParallelism(), onProgress } = options;
  const cells = makeCells(options);
  const total = loader.batchesPerEpoch * (cells.length + 1);
  let { tableSize } = options;
  let [images, cleanCorrect, done] = [0, 0, 0];
  const pool = createCorruptionPool(workers);
  try {
    for await (const batch of loader.epoch(0)) {
      const [, height, width] = batch.shape;
      tableSize ??= nearestTableSize({ width, height });
      images += batch.labels.length;
      cleanCorrect += countCorrect(await predict(batch.pixels, batch.shape), batch.labels);
      onProgress?.(++done, total, 'clean');
      for await (const { cell, pixels } of corruptedVersions(batch, cells, pool, { seed, tableSize })) {
        cell.correct += countCorrect(await predict(pixels, batch.shape), batch.labels);
        onProgress?.(++done, total, `${cell.corruption.name} ${cell.severity}`);
      }
    }
  } finally {
    await pool.close();
  }
  if (images === 0 || tableSize === undefined) {
    throw new UserError('evaluateRobustness: the data set must have images, got none. Check the folder and the split.');
  }
  return { images, clean: score(cleanCorrect / images), ...summarise(cells, images), tableSize, seed };
}
