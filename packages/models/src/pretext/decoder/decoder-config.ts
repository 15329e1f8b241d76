import { UserError } from '@mfm/cli';
import type { VitConfig } from '../../vit/vit-config.ts';

/** The official ViT decoder with transformer blocks; its other options are the encoder's. */
export interface DecoderConfig {
  /** Transformer blocks; 0 is one linear layer, for every encoder. */
  depth: number;
  embedDim: number;
  numHeads: number;
}

/**
 * Checks a decoder of transformer blocks.
 *
 * @throws UserError naming the first setting that does not fit
 */
export function checkDecoderConfig(decoder: DecoderConfig, { positionEmbedding }: VitConfig): void {
  for (const key of ['depth', 'embedDim', 'numHeads'] as const) {
    if (!Number.isInteger(decoder[key]) || decoder[key] < 1) {
      throw new UserError(`buildPretext: decoder.${key} must be a positive integer, got ${decoder[key]}.`);
    }
  }
  const { embedDim, numHeads } = decoder;
  if (embedDim % numHeads !== 0) {
    throw new UserError(
      `buildPretext: decoder.embedDim must be a multiple of decoder.numHeads (${numHeads}), got ${embedDim}.`,
    );
  }
  if (positionEmbedding === 'sincos' && embedDim % 4 !== 0) {
    throw new UserError(
      `buildPretext: decoder.embedDim must be a multiple of 4 for sin-cos positions, got ${embedDim}.`,
    );
  }
}
