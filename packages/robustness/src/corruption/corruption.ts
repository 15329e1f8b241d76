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

/** What a corruption may depend on beside its parameters. */
export interface CorruptionContext {
  /** Which table the parameters come from. */
  readonly tableSize: TableSize;
  /** Photographs of frost, from `loadFrostPhotographs`; procedural textures where they are not given. */
  readonly frostTextures?: readonly Image[] | undefined;
}

/** What both kinds of corruption have. */
interface CorruptionRecord<P> {
  /** Name of its folder in the published data sets, e.g. `defocus_blur`. */
  readonly name: string;
  readonly category: CorruptionCategory;
  /** Not one of the 15 that mCE averages, but one of the 4 published for validation. */
  readonly extra: boolean;
  readonly severities: Readonly<Record<TableSize, SeverityRow<P>>>;
}

/**
 * One corruption of ImageNet-C (Hendrycks & Dietterich, ICLR 2019): a record of the table `CORRUPTIONS`.
 * `P` is what one severity's parameters look like.
 */
export interface Corruption<P = unknown> extends CorruptionRecord<P> {
  /** True when `apply` draws nothing from its random stream. */
  readonly deterministic: boolean;
  /**
   * Corrupts one image; pure, and the input is left as it is.
   *
   * @param image uint8 RGB `[height, width, 3]` of any size
   * @param random the only source of randomness
   * @returns uint8 `[height, width, 3]`: the reference's float result truncated, not rounded (`np.uint8(…)`)
   */
  apply(image: Image, parameters: P, random: Random, context: CorruptionContext): Uint8Array;
}

/** A corruption in two halves: what is random, and what is then done with it. `D` is what is drawn. */
export interface StochasticCorruption<P, D> extends Corruption<P> {
  readonly deterministic: false;
  /** Draws all that is random for one image. */
  draw(image: Image, parameters: P, random: Random, context: CorruptionContext): D;
  /** Corrupts by what was drawn: a function of its arguments alone, so that stored draws give the stored image. */
  replay(image: Image, parameters: P, draws: D): Uint8Array;
}

/** Makes a corruption of its two halves. */
export function stochastic<P, D>(
  record: CorruptionRecord<P> & Pick<StochasticCorruption<P, D>, 'draw' | 'replay'>,
): StochasticCorruption<P, D> {
  return {
    ...record,
    deterministic: false,
    apply: (image, parameters, random, context) =>
      record.replay(image, parameters, record.draw(image, parameters, random, context)),
  };
}
