/** Compares an output with its input; the names are those of the golden data. Channel figures are [R, G, B]. */
export interface ImageStatistics {
  diff_mean: number[];
  diff_std: number[];
  out_mean: number[];
  out_std: number[];
  mse: number;
  psnr: number;
  /** Fraction of values that differ. */
  changed_values: number;
}

function moments(values: (i: number) => number, length: number, channel: number): { mean: number; std: number } {
  const count = length / 3;
  let mean = 0;
  for (let i = channel; i < length; i += 3) mean += values(i) / count;
  let variance = 0;
  for (let i = channel; i < length; i += 3) variance += (values(i) - mean) ** 2 / count;
  return { mean, std: Math.sqrt(variance) };
}

/** @param out uint8 `[H, W, 3]`, as `input` */
export function imageStatistics(input: Uint8Array, out: Uint8Array): ImageStatistics {
  const difference = [0, 1, 2].map((c) => moments((i) => out[i]! - input[i]!, out.length, c));
  const output = [0, 1, 2].map((c) => moments((i) => out[i]!, out.length, c));
  let [squares, changed] = [0, 0];
  for (let i = 0; i < out.length; i++) {
    squares += (out[i]! - input[i]!) ** 2;
    if (out[i] !== input[i]) changed++;
  }
  const mse = squares / out.length;
  return {
    diff_mean: difference.map(({ mean }) => mean),
    diff_std: difference.map(({ std }) => std),
    out_mean: output.map(({ mean }) => mean),
    out_std: output.map(({ std }) => std),
    mse,
    psnr: 10 * Math.log10(255 ** 2 / mse),
    changed_values: changed / out.length,
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
