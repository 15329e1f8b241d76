/** An orthonormal basis of images `[3, side, side]`, along whose vectors SimBA steps. */
export interface SimbaBasis {
  /** Number of vectors that are used. */
  readonly size: number;
  /** Adds scale · (vector k) to an image. */
  add(k: number, scale: number, image: Float32Array): void;
}

/** Single values: one channel of one pixel. */
export function pixelBasis(side: number): SimbaBasis {
  return {
    size: 3 * side * side,
    add(k, scale, image) {
      image[k]! += scale;
    },
  };
}

const tables = new Map<number, Float64Array>();

/** cos(π (2x + 1) u / 2n) with the norm of the orthonormal DCT-II, `[u, x]`. */
function cosines(side: number): Float64Array {
  let table = tables.get(side);
  if (!table) {
    table = Float64Array.from({ length: side * side }, (_, i) => {
      const [u, x] = [Math.floor(i / side), i % side];
      return Math.sqrt((u === 0 ? 1 : 2) / side) * Math.cos((Math.PI * (2 * x + 1) * u) / (2 * side));
    });
    tables.set(side, table);
  }
  return table;
}

/** Side of the square of lowest DCT frequencies that are used: an eighth of the image's, as the paper's 28 of 224 px, and at least 14. */
export const dctFrequencies = (side: number): number => Math.min(side, Math.max(14, Math.floor(side / 8)));

/** Waves of the two-dimensional cosine transform (DCT-II) of low frequency, each in one channel. */
export function dctBasis(side: number): SimbaBasis {
  const frequencies = dctFrequencies(side);
  const table = cosines(side);
  return {
    size: 3 * frequencies * frequencies,
    add(k, scale, image) {
      const channel = Math.floor(k / frequencies ** 2);
      const [v, u] = [Math.floor(k / frequencies) % frequencies, k % frequencies];
      const start = channel * side * side;
      for (let y = 0; y < side; y++) {
        const height = scale * table[v * side + y]!;
        for (let x = 0; x < side; x++) image[start + y * side + x]! += height * table[u * side + x]!;
      }
    },
  };
}
