import { UserError } from '@mfm/cli';
import type { ImageBatch } from '../evaluate/test-batch.ts';
import { type BinRow, distinctBins, fourierBasis, perturbImage, spreadBins } from './fourier-basis.ts';

/** Where the rows of a heat map that is under way are kept, so that a killed run goes on. */
export interface HeatMapRows {
  /** Wrong answers per distinct bin of a row, as they were written; undefined where there is none. */
  read(row: number): Promise<readonly number[] | undefined>;
  write(row: number, wrong: readonly number[]): Promise<void>;
}

export interface HeatMapOptions {
  /** The clean images, float32 `[N, 3, side, side]` in [0, 1]; square. */
  readonly images: ImageBatch;
  /** Predicted classes of a batch, int32 `[M]`. */
  readonly classify: (batch: ImageBatch) => Promise<Int32Array>;
  /** Side of the map in bins. Default {@link defaultMapSize}. */
  readonly size?: number;
  /** ‖perturbation‖₂ per channel. Default {@link defaultMapNorm}. */
  readonly norm?: number;
  /** Keys the signs, with image and bin. Default 0. */
  readonly seed?: number;
  /** Images the model is given at once: one bin's where they fill it, else several bins'. */
  readonly batchSize: number;
  readonly rows?: HeatMapRows;
  /** Told after each batch how many of all perturbed images are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A model's error by the frequency of a perturbation. */
export interface HeatMap {
  readonly size: number;
  readonly norm: number;
  readonly seed: number;
  readonly images: number;
  /** Error on the images without perturbation, a fraction. */
  readonly cleanError: number;
  /** Error under each bin's perturbation, fractions `[size, size]` row by row, DC at ⌊size/2⌋. */
  readonly errors: readonly number[];
}

/** Every bin of small images, the 63 × 63 lowest frequencies of large ones, as Yin et al. show them. */
export const defaultMapSize = (side: number): number => (side <= 64 ? side : 63);

/**
 * ‖perturbation‖₂ of a channel: 4.0 at CIFAR-10's 32 px and 15.7 at ImageNet's 224 px (Yin et al. 2019). At other sides the nearer one's
 * strength per pixel: 0.125 up to 64 px, 0.070 above.
 */
export const defaultMapNorm = (side: number): number => (side <= 64 ? (4.0 * side) / 32 : (15.7 * side) / 224);

/** The (bin, image) pairs of one row, in order. */
interface RowWork {
  readonly bins: BinRow['bins'];
  readonly count: number;
}

/** Perturbed images `from` … `to` of a row's pairs, with the labels of those images. */
function makeBatch(
  { bins, count }: RowWork,
  from: number,
  to: number,
  clean: ImageBatch,
  draw: { readonly norm: number; readonly seed: number },
  basisOf: (bin: number) => Float32Array,
): ImageBatch {
  const side = clean.shape[3];
  const length = 3 * side * side;
  const images = new Float32Array((to - from) * length);
  const [labels, indices] = [new Int32Array(to - from), new Int32Array(to - from)];
  for (let pair = from; pair < to; pair++) {
    const [bin, image] = [Math.floor(pair / count), pair % count];
    const out = images.subarray((pair - from) * length, (pair - from + 1) * length);
    perturbImage(clean, image, bins[bin]!, basisOf(bin), draw, out);
    labels[pair - from] = clean.labels[image]!;
    indices[pair - from] = clean.indices[image]!;
  }
  return { kind: 'images', images, shape: [to - from, 3, side, side], labels, indices };
}

/** The last basis image asked for: batches go through the bins in order. */
function basisCache(bins: BinRow['bins'], side: number): (bin: number) => Float32Array {
  let [at, basis] = [-1, new Float32Array()];
  return (bin) => {
    if (bin !== at) [at, basis] = [bin, fourierBasis(bins[bin]!, side)];
    return basis;
  };
}

async function cleanErrors({ images, classify, batchSize }: HeatMapOptions): Promise<number> {
  const [count, , side] = images.shape;
  const length = 3 * side * side;
  let wrong = 0;
  for (let from = 0; from < count; from += batchSize) {
    const to = Math.min(count, from + batchSize);
    const labels = images.labels.subarray(from, to);
    const predicted = await classify({
      kind: 'images',
      images: images.images.subarray(from * length, to * length),
      shape: [to - from, 3, side, side],
      labels,
      indices: images.indices.subarray(from, to),
    });
    for (let i = 0; i < labels.length; i++) if (predicted[i] !== labels[i]) wrong++;
  }
  return wrong / count;
}

/** @throws UserError for a size or norm that means nothing on images of this side */
export function checkHeatMap(side: number, { size = 1, norm = 1 }: Pick<HeatMapOptions, 'size' | 'norm'>): void {
  if (!Number.isInteger(size) || size < 1 || size > side) {
    throw new UserError(
      `fourierHeatMap: size must be an integer from 1 to ${side}, the side of the images, got ${size}.`,
    );
  }
  if (!(norm > 0)) throw new UserError(`fourierHeatMap: norm must be positive, got ${norm}.`);
}

/** What was asked for, with the defaults. */
function resolve({ images, seed = 0, ...options }: HeatMapOptions) {
  const [count, , height, side] = images.shape;
  const { size = defaultMapSize(side), norm = defaultMapNorm(side) } = options;
  if (count === 0 || height !== side) {
    throw new UserError(
      `fourierHeatMap: at least one square image is needed, got ${count} of ${height} × ${side} pixels.`,
    );
  }
  checkHeatMap(side, { size, norm });
  return { count, side, size, norm, seed };
}

/**
 * The wrong answers of a heat map's rows: those that are kept are read, the others made and kept. So several processes with one place for rows can each make a
 * share of them, after which {@link fourierHeatMap} only reads.
 *
 * @param isOwn which rows, by number
 * @returns by row, for each of its distinct bins
 * @throws UserError as {@link fourierHeatMap}
 */
export async function makeHeatMapRows(
  options: HeatMapOptions,
  isOwn: (row: number) => boolean,
): Promise<Map<number, readonly number[]>> {
  const { images, classify, batchSize, rows: kept, onProgress } = options;
  const { count, side, size, norm, seed } = resolve(options);
  const rows = distinctBins(size, side).filter(({ row }) => isOwn(row));
  const total = count * rows.reduce((sum, { bins }) => sum + bins.length, 0);
  const wrong = new Map<number, readonly number[]>();
  let done = 0;
  for (const { row, bins } of rows) {
    const pairs = bins.length * count;
    const known = await kept?.read(row);
    if (known?.length === bins.length) {
      wrong.set(row, known);
      done += pairs;
      onProgress?.(done, total);
      continue;
    }
    const counts = new Array<number>(bins.length).fill(0);
    const basisOf = basisCache(bins, side);
    const batchAt = (from: number) =>
      makeBatch({ bins, count }, from, Math.min(pairs, from + batchSize), images, { norm, seed }, basisOf);
    let batch = batchAt(0);
    for (let from = 0; from < pairs; from += batchSize) {
      const pending = classify(batch);
      const { labels } = batch;
      // Made while the model works on the one before.
      if (from + batchSize < pairs) batch = batchAt(from + batchSize);
      const predicted = await pending;
      for (let i = 0; i < labels.length; i++) {
        if (predicted[i] !== labels[i]) counts[Math.floor((from + i) / count)]!++;
      }
      done += labels.length;
      onProgress?.(done, total);
    }
    wrong.set(row, counts);
    await kept?.write(row, counts);
  }
  return wrong;
}

/**
 * Fourier heat map (Yin et al., "A Fourier perspective on model robustness in computer vision", NeurIPS 2019): the model's error when
 * one Fourier basis image of fixed norm is added to every image, for each bin. The same for any batch size, and for a run that was
 * interrupted and resumed from its rows.
 *
 * @throws UserError for images that are not square, none, or a size or norm that means nothing
 */
export async function fourierHeatMap(options: HeatMapOptions): Promise<HeatMap> {
  const { count, side, size, norm, seed } = resolve(options);
  const wrong = await makeHeatMapRows(options, () => true);
  const errors = spreadBins(distinctBins(size, side), (row, i) => wrong.get(row)![i]! / count, size, side);
  return { size, norm, seed, images: count, cleanError: await cleanErrors(options), errors: [...errors] };
}
