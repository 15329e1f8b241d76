/** Iterations of the subspace method; pictures do not change visibly after about twenty. */
const ITERATIONS = 60;

/** Below this share of the largest, a direction is rounding. */
const NEGLIGIBLE = 1e-12;

type Rows = Float64Array<ArrayBuffer>;

function centre(values: ArrayLike<number>, count: number, width: number): Rows {
  const rows = Float64Array.from(values);
  for (let column = 0; column < width; column++) {
    let mean = 0;
    for (let row = 0; row < count; row++) mean += rows[row * width + column]! / count;
    for (let row = 0; row < count; row++) rows[row * width + column]! -= mean;
  }
  return rows;
}

const dot = (a: Rows, b: Rows) => a.reduce((sum, value, index) => sum + value * b[index]!, 0);

/** Gram–Schmidt. A vector that depends on those before it becomes zero. */
function orthonormalise(vectors: Rows[]): void {
  const largest = Math.max(...vectors.map((vector) => dot(vector, vector)));
  for (const [index, vector] of vectors.entries()) {
    for (const before of vectors.slice(0, index)) {
      const along = dot(vector, before);
      for (let i = 0; i < vector.length; i++) vector[i]! -= along * before[i]!;
    }
    const squared = dot(vector, vector);
    const scale = squared > NEGLIGIBLE * largest ? 1 / Math.sqrt(squared) : 0;
    for (let i = 0; i < vector.length; i++) vector[i]! *= scale;
  }
}

/** Xᵀ X v, without forming Xᵀ X. */
function applyCovariance(rows: Rows, width: number, vector: Rows): Rows {
  const out = new Float64Array(width);
  for (let start = 0; start < rows.length; start += width) {
    let projection = 0;
    for (let i = 0; i < width; i++) projection += rows[start + i]! * vector[i]!;
    for (let i = 0; i < width; i++) out[i]! += projection * rows[start + i]!;
  }
  return out;
}

/**
 * Scores of the first principal components, by subspace iteration from a fixed start: equal features give equal scores. The sign of a
 * component is chosen so that its largest score is positive.
 *
 * @param features [count, width], row by row
 * @param components how many; those that the features do not have are zero
 * @returns [components][count], the components in falling order of variance
 * @throws RangeError when the length is not count × width
 */
export function principalComponents(
  features: ArrayLike<number>,
  count: number,
  width: number,
  components = 3,
): Float64Array[] {
  if (features.length !== count * width || count < 1) {
    throw new RangeError(`principalComponents: features must be [${count}, ${width}], got ${features.length} values.`);
  }
  const rows = centre(features, count, width);
  // Any start that is not orthogonal to the wanted directions will do; cosines of incommensurable frequencies are not.
  let vectors = Array.from({ length: components }, (_, c) =>
    Float64Array.from({ length: width }, (_, i) => Math.cos((c + 1) * (i + 1) * Math.SQRT2 + c)),
  );
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    vectors = vectors.map((vector) => applyCovariance(rows, width, vector));
    orthonormalise(vectors);
  }
  return vectors.map((vector) => {
    const scores = Float64Array.from({ length: count }, (_, row) =>
      dot(rows.subarray(row * width, (row + 1) * width), vector),
    );
    const largest = scores.reduce((best, score) => (Math.abs(score) > Math.abs(best) ? score : best), 0);
    return largest < 0 ? scores.map((score) => -score) : scores;
  });
}

/**
 * Three components as a colour picture: each from its smallest score (0) to its largest (255).
 *
 * @param scores [3][count]
 * @returns RGBA, [count, 4]
 */
export function componentColours(scores: readonly Float64Array[]): Uint8ClampedArray<ArrayBuffer> {
  const count = scores[0]!.length;
  const pixels = new Uint8ClampedArray(count * 4).fill(255);
  for (const [channel, values] of scores.entries()) {
    const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const range = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) - low;
    for (let i = 0; i < count; i++) pixels[i * 4 + channel] = range > 0 ? (255 * (values[i]! - low)) / range : 128;
  }
  return pixels;
}
