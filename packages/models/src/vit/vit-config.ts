import { UserError } from '@mfm/cli';

/** A ViT encoder; names as in the official configuration, in camelCase. */
export interface VitConfig {
  type: 'vit';
  /** Side of a patch in pixels. */
  patchSize: number;
  embedDim: number;
  depth: number;
  numHeads: number;
  /** Width of the MLP over embedDim. */
  mlpRatio: number;
  /** Bias for queries and values; keys have none. */
  qkvBias: boolean;
  /** `learnt`, fixed `sincos`, or `none`. */
  positionEmbedding: 'learnt' | 'sincos' | 'none';
  /** Initial value of layer scale; null or missing for none. */
  initValues?: number | null;
  /** A relative position table for each block, one for all, or none (default). */
  relativePositionBias?: 'none' | 'block' | 'shared';
  /** In fine-tuning, classify the normalised mean of the patch tokens (default) instead of the normalised class token. */
  meanPooling?: boolean;
}

function requireThat(holds: boolean, path: string, what: string, got: unknown): void {
  if (!holds) throw new UserError(`buildPretext: ${path} must ${what}, got ${got}.`);
}

const isPositiveInteger = (value: unknown) => Number.isInteger(value) && (value as number) > 0;

/**
 * Checks what types cannot say.
 *
 * @throws UserError naming the first setting that does not fit
 */
export function checkVitConfig(config: VitConfig, imageSize: number): void {
  for (const key of ['patchSize', 'embedDim', 'depth', 'numHeads'] as const) {
    requireThat(isPositiveInteger(config[key]), `encoder.${key}`, 'be a positive integer', config[key]);
  }
  const { patchSize, embedDim, numHeads, mlpRatio, positionEmbedding } = config;
  requireThat(isPositiveInteger(imageSize), 'imageSize', 'be a positive integer', imageSize);
  requireThat(imageSize % patchSize === 0, 'imageSize', `be a multiple of encoder.patchSize (${patchSize})`, imageSize);
  requireThat(
    embedDim % numHeads === 0,
    'encoder.embedDim',
    `be a multiple of encoder.numHeads (${numHeads})`,
    embedDim,
  );
  requireThat(embedDim * mlpRatio >= 1, 'encoder.mlpRatio', 'be positive', mlpRatio);
  const needsFour = positionEmbedding === 'sincos';
  requireThat(
    !needsFour || embedDim % 4 === 0,
    'encoder.embedDim',
    'be a multiple of 4 for sin-cos positions',
    embedDim,
  );
}
