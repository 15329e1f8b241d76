/** How far an output of the exported model is from the eager model's, over all batches. */
export interface OutputParity {
  readonly output: string;
  readonly maxAbsolute: number;
  readonly meanAbsolute: number;
  /** Cosine of the angle between the two outputs, flattened. */
  readonly cosine: number;
}

/** Running sums of a comparison. */
export interface Sums {
  count: number;
  /** Largest absolute value of the eager model's. */
  largest: number;
  /** Sum of the eager model's absolute values. */
  size: number;
  max: number;
  total: number;
  dot: number;
  squareA: number;
  squareB: number;
}

/** Before anything is compared. */
export const createSums = (): Sums => ({
  count: 0,
  largest: 0,
  size: 0,
  max: 0,
  total: 0,
  dot: 0,
  squareA: 0,
  squareB: 0,
});

/** Counts two tensors of the same size in. */
export function addDifferences(sums: Sums, actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [actual[i]!, expected[i]!];
    // NaN compares false with everything: written so that it counts as the worst.
    const difference = Math.abs(a - b);
    if (!(difference <= sums.max)) sums.max = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    sums.largest = Math.max(sums.largest, Math.abs(b));
    sums.size += Math.abs(b);
    sums.total += difference;
    sums.dot += a * b;
    sums.squareA += a * a;
    sums.squareB += b * b;
  }
  sums.count += expected.length;
}

/** Two comparisons as one. */
export const mergeSums = (a: Sums, b: Sums): Sums => ({
  count: a.count + b.count,
  largest: Math.max(a.largest, b.largest),
  size: a.size + b.size,
  max: Math.max(a.max, b.max),
  total: a.total + b.total,
  dot: a.dot + b.dot,
  squareA: a.squareA + b.squareA,
  squareB: a.squareB + b.squareB,
});

/** The figures of what was compared. */
export function summarise(output: string, { count, max, total, dot, squareA, squareB }: Sums): OutputParity {
  return {
    output,
    maxAbsolute: max,
    meanAbsolute: total / count,
    // Two outputs of zeros alone are the same.
    cosine: squareA === 0 && squareB === 0 ? 1 : dot / Math.sqrt(squareA * squareB),
  };
}
