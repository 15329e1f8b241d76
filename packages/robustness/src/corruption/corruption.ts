import type { Image, Random } from '@mfm/data';

/** How strong a corruption is: 1 (weak) to 5 (strong). */
export type Severity = 1 | 2 | 3 | 4 | 5;

export const SEVERITIES: readonly Severity[] = [1, 2, 3, 4, 5];

/**
 * Image sides for which the reference has parameters of its own: 224 (ImageNet-C), 299 (its Inception variant),
 * 64 (Tiny ImageNet-C) and 32 (CIFAR-10-C).
 */
export type TableSize = 32 | 64 | 224 | 299;

export const TABLE_SIZES: readonly TableSize[] = [32, 64, 224, 299];

/** Parameters for severities 1 to 5. */
export type SeverityRow<P> = readonly [P, P, P, P, P];

/** The groups of the ImageNet-C paper. */
export type CorruptionCategory = 'noise' | 'blur' | 'weather' | 'digital';

/**
 * One corruption of ImageNet-C (Hendrycks & Dietterich, ICLR 2019): a record of the table `CORRUPTIONS`.
 * `P` is what one severity's parameters look like.
 */
export interface Corruption<P = unknown> {
  /** Name of its folder in the published data sets, e.g. `defocus_blur`. */
  readonly name: string;
  readonly category: CorruptionCategory;
  /** Not one of the 15 that mCE averages, but one of the 4 published for validation. */
  readonly extra: boolean;
  /** True when `apply` draws nothing from its random stream. */
  readonly deterministic: boolean;
  readonly severities: Readonly<Record<TableSize, SeverityRow<P>>>;
  /**
   * Corrupts one image; pure, and the input is left as it is.
   *
   * @param image uint8 RGB `[height, width, 3]` of any size
   * @param random the only source of randomness
   * @returns uint8 `[height, width, 3]`: the reference's float result truncated, not rounded (`np.uint8(…)`)
   */
  apply(image: Image, parameters: P, random: Random): Uint8Array;
}
