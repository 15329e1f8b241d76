import { createRandom } from '@mfm/data';
import { UMAP } from 'umap-js';
import { type FeatureTable, loadTable, tableOf, unitTable } from '../features/feature-table.ts';
import { nearestRows } from '../knn/nearest-rows.ts';

/** UMAP's defaults. */
const NEIGHBOURS = 15;
const MIN_DISTANCE = 0.1;

/** Fewest images of a map. */
export const LEAST_POINTS = 4;

/**
 * A map of features in the plane by UMAP (McInnes et al. 2018) on cosine similarity: near images have similar features, distances between groups mean
 * little. Neighbours are exact; the same seed gives the same map.
 *
 * @param table at least {@link LEAST_POINTS} images, small enough for memory
 * @returns x and y of each image
 */
export async function mapFeatures(
  table: FeatureTable,
  { seed, onProgress }: { readonly seed: number; readonly onProgress?: (done: number, total: number) => void },
): Promise<(readonly [x: number, y: number])[]> {
  const { features, dim, count } = loadTable(unitTable(table));
  const unit = tableOf(features, new Int32Array(count), dim);
  const neighbours = Math.min(NEIGHBOURS, count - 1);
  const [indices, distances]: [number[][], number[][]] = [[], []];
  for await (const { start, count: rows, rows: found, similarities } of nearestRows(unit, unit, neighbours)) {
    for (let row = 0; row < rows; row++) {
      const [from, to] = [row * neighbours, (row + 1) * neighbours];
      const own = [...found.subarray(from, to)];
      indices.push(own);
      // The image itself is its own nearest neighbour: rounding must not put a distance between the two.
      distances.push(own.map((other, i) => (other === start + row ? 0 : Math.max(0, 1 - similarities[from + i]!))));
    }
  }
  const random = createRandom(seed, 'umap');
  const umap = new UMAP({ nNeighbors: neighbours, minDist: MIN_DISTANCE, random: () => random.uniform() });
  umap.setPrecomputedKNN(indices, distances);
  const rows = Array.from({ length: count }, (_, row) => Array.from(features.subarray(row * dim, (row + 1) * dim)));
  const epochs = umap.initializeFit(rows);
  for (let epoch = 0; epoch < epochs; epoch++) {
    umap.step();
    onProgress?.(epoch + 1, epochs);
  }
  return umap.getEmbedding().map(([x, y]) => [x!, y!] as const);
}
