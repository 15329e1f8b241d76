import { createSums, mergeSums, type OutputParity, type Sums, summarise } from './differences.ts';

/** Largest absolute difference from the eager model that an export may have. */
export const PARITY_TOLERANCE = 1e-4;

/**
 * Largest difference that a gradient may have, in parts of its largest number. A gradient that is nothing but rounding is measured by the
 * largest of the model's gradients: {@link NEGLIGIBLE} of it counts as its largest number.
 */
export const GRADIENT_TOLERANCE = 1e-3;
const NEGLIGIBLE = 1e-3;

/** What one comparison is about: an output of one batch, of one image where each has its own. */
export interface Part {
  readonly output: string;
  readonly batch: number;
  /** Position in the batch; undefined where the output is of all images together. */
  readonly image: number | undefined;
  readonly sums: Sums;
}

/** How far an output is from the eager model's. */
export interface CheckedOutput extends Omit<OutputParity, 'cosine'> {
  /** Of a gradient: `maxAbsolute` in parts of the largest number. */
  readonly relative?: number;
  /** Left out for a gradient that is next to nothing, whose direction is that of rounding. */
  readonly cosine?: number;
}

/** What came of all parts. */
export interface Verdict {
  readonly outputs: readonly CheckedOutput[];
  /** Parts that differ by more than they may. */
  readonly failing: readonly Part[];
}

/**
 * Whether an output agrees.
 *
 * @param isGradient of outputs that must agree in proportion to their size as well
 */
export function judgeParts(
  parts: readonly Part[],
  tolerance: number,
  isGradient: (output: string) => boolean,
): Verdict {
  const merged = new Map<string, Sums>();
  for (const { output, sums } of parts) merged.set(output, mergeSums(merged.get(output) ?? createSums(), sums));
  const floor =
    NEGLIGIBLE * Math.max(0, ...[...merged].map(([output, { largest }]) => (isGradient(output) ? largest : 0)));
  const relative = (output: string, { max }: Sums): number =>
    !isGradient(output) || max === 0 ? 0 : max / Math.max(merged.get(output)!.largest, floor);
  return {
    outputs: [...merged].map(([output, sums]) => {
      const { cosine, ...figures } = summarise(output, sums);
      if (!isGradient(output)) return { ...figures, cosine };
      return { ...figures, relative: relative(output, sums), ...(sums.largest >= floor && { cosine }) };
    }),
    // Written so that NaN fails.
    failing: parts.filter(
      ({ output, sums }) => !(sums.max <= tolerance && relative(output, sums) <= GRADIENT_TOLERANCE),
    ),
  };
}
