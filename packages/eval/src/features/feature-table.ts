/** Rows read at once where a table is gone through from its beginning to its end: large enough for fast products, small beside any model. */
export const BLOCK_ROWS = 4096;

/** The features of a set of images, with their labels: one row an image, in memory or in files. */
export interface FeatureTable {
  /** `[count]`, class indices from 0. */
  readonly labels: Int32Array;
  readonly count: number;
  /** Length of a row. */
  readonly dim: number;
  /**
   * Reads `[rows, dim]` from row `start` on.
   *
   * @param into memory for them, where they are not in memory as they are; new memory without it
   * @returns a view that must not be written to and is good until `into` is used again
   */
  readRows(start: number, rows: number, into?: Float32Array): Float32Array;
  /** Gives up the files behind the table; reading is over then. */
  close(): void;
}

/** A table whose features are in memory. */
export interface MemoryTable extends FeatureTable {
  /** `[count, dim]`, row-major. */
  readonly features: Float32Array;
}

/** A table over features `[count, dim]` in memory. */
export function tableOf(features: Float32Array, labels: Int32Array, dim: number): MemoryTable {
  const count = labels.length;
  if (features.length !== count * dim) {
    throw new Error(`tableOf: features must be [${count}, ${dim}], got ${features.length} values.`);
  }
  const readRows = (start: number, rows: number) => features.subarray(start * dim, (start + rows) * dim);
  return { features, labels, count, dim, readRows, close: () => {} };
}

/** A part of a table: rows `[start, start + rows)`. */
export interface Block {
  readonly start: number;
  readonly rows: number;
  /** `[rows, dim]`; good until the next block. */
  readonly features: Float32Array;
}

/** The table in blocks, in order; one block's memory serves all. */
export function* blocksOf(table: FeatureTable, rows = BLOCK_ROWS): Generator<Block, void, undefined> {
  const memory = new Float32Array(Math.min(rows, table.count) * table.dim);
  for (let start = 0; start < table.count; start += rows) {
    const count = Math.min(rows, table.count - start);
    yield { start, rows: count, features: table.readRows(start, count, memory) };
  }
}

/** Rows this close together in a file are read in one piece: a few rows too many cost less than another call. */
const GAP_ROWS = 8;
/** Rows of one such piece at most. */
const PIECE_ROWS = 512;

/**
 * Rows of a table by their numbers, in that order: a view, nothing is copied.
 *
 * @param indices row numbers in `table`; ascending ones are read in large pieces
 */
export function selectRows(table: FeatureTable, indices: Int32Array): FeatureTable {
  const { dim } = table;
  let piece: Float32Array | undefined;
  return {
    labels: Int32Array.from(indices, (row) => table.labels[row]!),
    count: indices.length,
    dim,
    readRows(start, rows, into = new Float32Array(rows * dim)) {
      piece ??= new Float32Array(PIECE_ROWS * dim);
      for (let next = start; next < start + rows; ) {
        const first = indices[next]!;
        let end = next + 1;
        while (
          end < start + rows &&
          indices[end]! > indices[end - 1]! &&
          indices[end]! - indices[end - 1]! <= GAP_ROWS &&
          indices[end]! - first < PIECE_ROWS
        )
          end++;
        const read = table.readRows(first, indices[end - 1]! - first + 1, piece);
        for (; next < end; next++) {
          const from = (indices[next]! - first) * dim;
          into.set(read.subarray(from, from + dim), (next - start) * dim);
        }
      }
      return into.subarray(0, rows * dim);
    },
    close: () => {},
  };
}

/** Tables over the same images side by side: each row is their rows one after the other. Closing it closes them. */
export function joinColumns(tables: readonly FeatureTable[]): FeatureTable {
  const [first] = tables;
  if (!first) throw new Error('joinColumns: at least one table must be given, got none.');
  if (tables.length === 1) return first;
  const dim = tables.reduce((sum, table) => sum + table.dim, 0);
  let memory = new Float32Array(0);
  return {
    labels: first.labels,
    count: first.count,
    dim,
    readRows(start, rows, into = new Float32Array(rows * dim)) {
      let column = 0;
      for (const table of tables) {
        if (memory.length < rows * table.dim) memory = new Float32Array(rows * table.dim);
        const read = table.readRows(start, rows, memory);
        for (let row = 0; row < rows; row++) {
          into.set(read.subarray(row * table.dim, (row + 1) * table.dim), row * dim + column);
        }
        column += table.dim;
      }
      return into.subarray(0, rows * dim);
    },
    close: () => {
      for (const table of tables) table.close();
    },
  };
}

/** All of a table's features in memory: for small ones. */
export function loadTable(table: FeatureTable): MemoryTable {
  const features = new Float32Array(table.count * table.dim);
  for (const block of blocksOf(table)) features.set(block.features, block.start * table.dim);
  return tableOf(features, table.labels, table.dim);
}

/** Mean of each column, accumulated in float64. */
export function columnMeans(table: FeatureTable): Float64Array {
  const { count, dim } = table;
  const means = new Float64Array(dim);
  for (const { features, rows } of blocksOf(table)) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < dim; column++) means[column]! += features[row * dim + column]!;
    }
  }
  return means.map((sum) => sum / count);
}

/**
 * Rows scaled to unit Euclidean length, after subtracting `center` if given; a zero row stays zero.
 *
 * @param features `[rows, dim]`
 * @param into receives them; may be longer
 */
export function normalizeRows(
  features: Float32Array,
  dim: number,
  center?: Float64Array,
  into: Float32Array = new Float32Array(features.length),
): Float32Array {
  const rows = features.length / dim;
  for (let row = 0; row < rows; row++) {
    let square = 0;
    for (let i = row * dim, column = 0; column < dim; i++, column++) {
      const value = features[i]! - (center?.[column] ?? 0);
      into[i] = value;
      square += value * value;
    }
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let i = row * dim; i < (row + 1) * dim; i++) into[i]! *= scale;
  }
  return into;
}

/** The table with rows of unit length; see {@link normalizeRows}. */
export function unitTable(table: FeatureTable, center?: Float64Array): FeatureTable {
  const { labels, count, dim } = table;
  return {
    ...{ labels, count, dim },
    readRows(start, rows, into = new Float32Array(rows * dim)) {
      const read = table.readRows(start, rows, into);
      return normalizeRows(read, dim, center, into).subarray(0, rows * dim);
    },
    close: () => {},
  };
}
