import { UserError } from '@mfm/cli';

/** A Swin Transformer encoder (Liu et al. 2021); names as in the official configuration, in camelCase. */
export interface SwinConfig {
  type: 'swin';
  /** Side of a patch in pixels. */
  patchSize: number;
  /** Width of the first stage; doubled by every later one. */
  embedDim: number;
  /** Blocks of each stage. */
  depths: number[];
  /** Attention heads of each stage. */
  numHeads: number[];
  /** Side of an attention window in tokens. */
  windowSize: number;
  /** Width of the MLP over the stage's width. */
  mlpRatio: number;
  /** Bias for queries, keys and values. */
  qkvBias: boolean;
  /** A learnt absolute position embedding; default false. */
  absolutePositionEmbedding?: boolean;
  /** Normalisation after the patch embedding; default true. */
  patchNorm?: boolean;
}

/** Pixels per cell of the last stage. */
export const swinStride = ({ patchSize, depths }: SwinConfig): number => patchSize * 2 ** (depths.length - 1);

function requireThat(holds: boolean, path: string, what: string, got: unknown): void {
  if (!holds) throw new UserError(`buildEncoder: ${path} must ${what}, got ${got}.`);
}

const isPositiveInteger = (value: unknown) => Number.isInteger(value) && (value as number) > 0;

/**
 * Checks what types cannot say.
 *
 * @throws UserError naming the first setting that does not fit
 */
export function checkSwinConfig(config: SwinConfig, imageSize: number): void {
  const { depths, numHeads, embedDim, patchSize, windowSize } = config;
  for (const key of ['patchSize', 'embedDim', 'windowSize'] as const) {
    requireThat(isPositiveInteger(config[key]), `encoder.${key}`, 'be a positive integer', config[key]);
  }
  requireThat(
    depths.length > 0 && depths.every(isPositiveInteger),
    'encoder.depths',
    'hold positive integers',
    `[${depths}]`,
  );
  requireThat(
    numHeads.length === depths.length && numHeads.every(isPositiveInteger),
    'encoder.numHeads',
    `hold a positive integer for each of the ${depths.length} stages`,
    `[${numHeads}]`,
  );
  numHeads.forEach((heads, stage) => {
    const width = embedDim * 2 ** stage;
    requireThat(width % heads === 0, `encoder.numHeads[${stage}]`, `divide the stage's width ${width}`, heads);
  });
  const stride = swinStride(config);
  requireThat(isPositiveInteger(imageSize), 'imageSize', 'be a positive integer', imageSize);
  requireThat(imageSize % stride === 0, 'imageSize', `be a multiple of the stride ${stride} of the Swin`, imageSize);
  depths.forEach((_, stage) => {
    const side = imageSize / (patchSize * 2 ** stage);
    requireThat(
      side <= windowSize || side % windowSize === 0,
      'encoder.windowSize',
      `divide the ${side} tokens of a side of stage ${stage + 1}`,
      windowSize,
    );
  });
}
