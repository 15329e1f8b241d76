import { reflectEdge } from './displace.ts';

/** Of 224 px they take 0.4 MB each. */
const KEPT_MATRICES = 10;

/** Full normalised Gaussian on −radius … radius. */
function taps(sigma: number, truncate: number): Float64Array {
  const radius = Math.trunc(truncate * sigma + 0.5);
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp((-0.5 / (sigma * sigma)) * (i - radius) ** 2),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/**
 * The filter as a matrix `[length, length]`, mirrored taps folded onto the pixels they read: a wide filter goes over the border
 * several times, and then costs no more than the line is long.
 */
function filterMatrix(weights: Float64Array, length: number): Float64Array {
  const radius = (weights.length - 1) / 2;
  const matrix = new Float64Array(length * length);
  for (let i = 0; i < length; i++) {
    for (let k = -radius; k <= radius; k++) matrix[i * length + reflectEdge(i + k, length)]! += weights[k + radius]!;
  }
  return matrix;
}

const matrices = new Map<string, Float64Array>();

/** The last few are kept: a field's two axes, two fields of an image and the images of a severity all take the same. */
function gaussianMatrix(sigma: number, truncate: number, length: number): Float64Array {
  const key = `${sigma} ${truncate} ${length}`;
  let matrix = matrices.get(key);
  if (!matrix) {
    matrix = filterMatrix(taps(sigma, truncate), length);
    if (matrices.size >= KEPT_MATRICES) matrices.delete(matrices.keys().next().value!);
    matrices.set(key, matrix);
  }
  return matrix;
}

/** First and one past the last column of a row that is not 0. */
function extent(matrix: Float64Array, row: number, length: number): [number, number] {
  let from = row * length;
  let to = from + length;
  while (matrix[from] === 0) from++;
  while (matrix[to - 1] === 0) to--;
  return [from - row * length, to - row * length];
}

/** Filters the columns of `[length, width]`. */
function filterColumns(plane: Float64Array, length: number, width: number, matrix: Float64Array): Float64Array {
  const out = new Float64Array(plane.length);
  for (let y = 0; y < length; y++) {
    const [from, to] = extent(matrix, y, length);
    const sum = out.subarray(y * width, (y + 1) * width);
    for (let k = from; k < to; k++) {
      const weight = matrix[y * length + k]!;
      const row = k * width;
      for (let x = 0; x < width; x++) sum[x]! += weight * plane[row + x]!;
    }
  }
  return out;
}

/** `[rows, columns]` turned. */
function transpose(plane: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(plane.length);
  for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) out[x * rows + y] = plane[y * columns + x]!;
  return out;
}

/**
 * Gaussian filter of a plane with mirrored borders, as scipy's mode `reflect`. σ 0 leaves the plane as it is.
 *
 * @param plane float64 `[height, width]`
 * @param sigma standard deviation in pixels, of any width
 * @param truncate where the filter ends, in σ
 */
export function reflectedGaussian(
  plane: Float64Array,
  width: number,
  height: number,
  sigma: number,
  truncate: number,
): Float64Array {
  if (sigma < 1e-15) return plane;
  const columns = filterColumns(plane, height, width, gaussianMatrix(sigma, truncate, height));
  const turned = transpose(columns, height, width);
  return transpose(filterColumns(turned, width, height, gaussianMatrix(sigma, truncate, width)), width, height);
}
