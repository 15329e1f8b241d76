/** Compares an output with its input; the names are those of the golden data. Channel figures are [R, G, B]. */
export interface ImageStatistics {
  readonly diff_mean: readonly number[];
  readonly diff_std: readonly number[];
  readonly out_mean: readonly number[];
  readonly out_std: readonly number[];
  readonly mse: number;
  readonly psnr: number;
  /** Fraction of values that differ. */
  readonly changed_values: number;
  /** Fraction of pixels of which any channel differs. */
  readonly changed_pixels: number;
  /** Fraction of values that are 255, and 0. */
  readonly sat255: number;
  readonly zero: number;
}

/** @param out uint8 `[H, W, 3]`, as `input` */
export function imageStatistics(input: Uint8Array, out: Uint8Array): ImageStatistics {
  const pixels = out.length / 3;
  const [sums, squares, diffSums, diffSquares] = [0, 1, 2, 3].map(() => [0, 0, 0]) as [
    ...[number[], number[], number[], number[]],
  ];
  let [changedValues, changedPixels, white, black] = [0, 0, 0, 0];
  for (let i = 0; i < out.length; i += 3) {
    let changed = 0;
    for (let c = 0; c < 3; c++) {
      const value = out[i + c]!;
      const difference = value - input[i + c]!;
      sums[c]! += value;
      squares[c]! += value * value;
      diffSums[c]! += difference;
      diffSquares[c]! += difference * difference;
      if (difference !== 0) changed++;
      if (value === 255) white++;
      if (value === 0) black++;
    }
    changedValues += changed;
    if (changed > 0) changedPixels++;
  }
  // Sums of integers are exact.
  const mean = (sum: number) => sum / pixels;
  const deviation = (sum: number, square: number) => Math.sqrt(Math.max(0, square / pixels - (sum / pixels) ** 2));
  const mse = diffSquares.reduce((total, square) => total + square, 0) / out.length;
  return {
    diff_mean: diffSums.map(mean),
    diff_std: diffSums.map((sum, c) => deviation(sum, diffSquares[c]!)),
    out_mean: sums.map(mean),
    out_std: sums.map((sum, c) => deviation(sum, squares[c]!)),
    mse,
    psnr: 10 * Math.log10(255 ** 2 / mse),
    changed_values: changedValues / out.length,
    changed_pixels: changedPixels / pixels,
    sat255: white / out.length,
    zero: black / out.length,
  };
}

/** Largest absolute deviation of the figures that both have; the golden ones are rounded to 4 decimals or more. */
export function statisticsError(actual: ImageStatistics, golden: Record<string, unknown>): number {
  let worst = 0;
  for (const [name, value] of Object.entries(actual)) {
    const values: number[] = [value].flat();
    const expected = [golden[name]].flat();
    values.forEach((v, i) => {
      const reference = expected[i];
      if (typeof reference === 'number') worst = Math.max(worst, Math.abs(v - reference));
    });
  }
  return worst;
}
