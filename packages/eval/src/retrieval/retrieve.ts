import { columnMeans, type FeatureTable, unitTable } from '../features/feature-table.ts';
import { openRowProduct, paddedRows } from '../knn/nearest-rows.ts';
import { type MeanScore, meanScore } from '../measure/mean-interval.ts';
import { rankQuery } from './average-precision.ts';

/** Rows of the gallery in one product. */
const GALLERY_ROWS = 8192;
/** Similarities held at once: 128 MB. */
const HELD = 2 ** 25;
const MOST_QUERIES = 256;

export interface RetrievalOptions {
  /** Rank by cosine after subtracting the gallery's mean. Default false. */
  readonly center?: boolean;
  /** Places among which the first relevant image is counted. Default 1, 5, 10. */
  readonly recallAt?: readonly number[];
  readonly threads?: number;
  readonly onProgress?: (done: number) => void;
}

export interface RetrievalResult {
  /** Queries with a relevant image in the gallery: those that count. */
  readonly queries: number;
  /** Queries without one. */
  readonly unanswerable: number;
  readonly gallery: number;
  readonly dim: number;
  readonly center: boolean;
  /** mAP with the interval of the mean over queries. */
  readonly meanAveragePrecision: MeanScore;
  /** MAP@R. */
  readonly meanPrecisionAtR: MeanScore;
  /** Share of queries with a relevant image among the first k. */
  readonly recall: readonly { readonly k: number; readonly share: number }[];
}

/**
 * Retrieval by class: every query ranks the whole gallery by cosine similarity; images of its class are relevant. Similarities are made in
 * blocks by ONNX Runtime; memory does not grow with the queries.
 *
 * @param queries the gallery itself for leave-one-out: a query is then not its own answer
 */
export async function retrieve(
  queries: FeatureTable,
  gallery: FeatureTable,
  { center = false, recallAt = [1, 5, 10], threads, onProgress }: RetrievalOptions = {},
): Promise<RetrievalResult> {
  if (queries.dim !== gallery.dim) {
    throw new Error(
      `retrieve: features must have one length, got ${queries.dim} (queries) and ${gallery.dim} (gallery).`,
    );
  }
  const { dim, count: size, labels } = gallery;
  const mean = center ? columnMeans(gallery) : undefined;
  const [asked, bank] = [unitTable(queries, mean), unitTable(gallery, mean)];
  const queryRows = Math.max(1, Math.min(MOST_QUERIES, queries.count, Math.floor(HELD / size)));
  const bankRows = Math.min(GALLERY_ROWS, size);
  const product = await openRowProduct(queryRows, bankRows, dim, threads);
  const similarities = new Float32Array(queryRows * size);
  const [queryMemory, bankMemory] = [new Float32Array(queryRows * dim), new Float32Array(bankRows * dim)];
  const [precisions, atR, firstRanks]: number[][] = [[], [], []];
  try {
    for (let start = 0; start < queries.count; start += queryRows) {
      const rows = Math.min(queryRows, queries.count - start);
      const group = paddedRows(asked.readRows(start, rows, queryMemory), 0, queryRows, dim);
      for (let first = 0; first < size; first += bankRows) {
        const columns = Math.min(bankRows, size - first);
        await product.run(group, paddedRows(bank.readRows(first, columns, bankMemory), 0, bankRows, dim));
        for (let row = 0; row < rows; row++) {
          const line = product.result.subarray(row * bankRows, row * bankRows + columns);
          similarities.set(line, row * size + first);
        }
      }
      for (let row = 0; row < rows; row++) {
        const label = queries.labels[start + row]!;
        const line = similarities.subarray(row * size, (row + 1) * size);
        const self = queries === gallery ? start + row : -1;
        const ranked = rankQuery(line, (other) => labels[other] === label, self);
        if (!ranked) continue;
        precisions!.push(ranked.averagePrecision);
        atR!.push(ranked.precisionAtR);
        firstRanks!.push(ranked.firstRank);
      }
      onProgress?.(start + rows);
    }
  } finally {
    await product.close();
  }
  const answered = precisions!.length;
  return {
    ...{ queries: answered, unanswerable: queries.count - answered, gallery: size, dim, center },
    meanAveragePrecision: meanScore(precisions!),
    meanPrecisionAtR: meanScore(atR!),
    recall: recallAt.map((k) => ({ k, share: firstRanks!.filter((rank) => rank <= k).length / answered })),
  };
}
