import { blocksOf, type FeatureTable, unitTable } from '../features/feature-table.ts';
import { openRowProduct, paddedRows } from '../knn/nearest-rows.ts';

/** Rows of either side of a block of pairs. */
const BLOCK = 1024;
/** The temperature t of exp(−t‖x − y‖²). */
const TEMPERATURE = 2;

/**
 * Alignment (Wang and Isola 2020): mean squared distance of two views of an image on the unit sphere. 0: views do not matter; 2: as far apart as
 * unrelated directions.
 *
 * @param first, second features of the same images, row by row
 */
export function alignment(first: FeatureTable, second: FeatureTable): number {
  if (first.count !== second.count || first.dim !== second.dim) {
    throw new Error(
      `alignment: tables must be of the same images, got [${first.count}, ${first.dim}] and [${second.count}, ${second.dim}].`,
    );
  }
  const other = unitTable(second);
  let sum = 0;
  for (const { start, rows, features } of blocksOf(unitTable(first))) {
    const beside = other.readRows(start, rows);
    for (let i = 0; i < features.length; i++) sum += (features[i]! - beside[i]!) ** 2;
  }
  return sum / first.count;
}

/**
 * Uniformity (Wang and Isola 2020): log of the mean of exp(−2‖x − y‖²) over all pairs of different images on the unit sphere. 0: all features equal;
 * −4: spread over a sphere of many dimensions.
 */
export async function uniformity(table: FeatureTable, options: { readonly threads?: number } = {}): Promise<number> {
  const { count, dim } = table;
  if (count < 2) throw new Error(`uniformity: at least two images must be given, got ${count}.`);
  const unit = unitTable(table);
  const rows = Math.min(BLOCK, count);
  const product = await openRowProduct(rows, rows, dim, options.threads);
  const memory = [new Float32Array(rows * dim), new Float32Array(rows * dim)] as const;
  const blockAt = (start: number, into: Float32Array) =>
    paddedRows(unit.readRows(start, Math.min(rows, count - start), into), 0, rows, dim);
  let sum = 0;
  try {
    for (let first = 0; first < count; first += rows) {
      const left = blockAt(first, memory[0]);
      for (let second = first; second < count; second += rows) {
        await product.run(left, blockAt(second, memory[1]));
        for (let i = 0; i < Math.min(rows, count - first); i++) {
          // Each pair once: above the diagonal.
          for (let j = second === first ? i + 1 : 0; j < Math.min(rows, count - second); j++) {
            sum += Math.exp(-TEMPERATURE * (2 - 2 * product.result[i * rows + j]!));
          }
        }
      }
    }
  } finally {
    await product.close();
  }
  return Math.log(sum / ((count * (count - 1)) / 2));
}
