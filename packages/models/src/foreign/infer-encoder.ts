import { UserError } from '@mfm/cli';
import type { HostParameters } from '../checkpoint/checkpoint.ts';
import type { EncoderConfig } from '../encoder/encoder-table.ts';
import { inferResnet } from './infer-resnet.ts';
import type { InferOptions } from './infer-shape.ts';
import { inferSwin } from './infer-swin.ts';
import { inferVit } from './infer-vit.ts';

/** An encoder and the size of the images it takes. */
export interface InferredEncoder {
  readonly encoder: EncoderConfig;
  readonly imageSize: number;
}

type Infer = (source: string, tensors: HostParameters, prefix: string, options: InferOptions) => InferredEncoder;

/** Every encoder by two names that only it has. A new one is a new row. */
const ENCODERS: readonly { readonly names: readonly string[]; readonly infer: Infer }[] = [
  { names: ['patch_embed.proj.weight', 'blocks.0.attn.qkv.weight'], infer: inferVit },
  { names: ['patch_embed.proj.weight', 'layers.0.blocks.0.attn.qkv.weight'], infer: inferSwin },
  { names: ['conv1.weight', 'layer1.0.conv1.weight'], infer: inferResnet },
];

const rowOf = (tensors: HostParameters, prefix: string) =>
  ENCODERS.find(({ names }) => names.every((name) => Object.hasOwn(tensors, prefix + name)));

/** Whether tensors are those of an encoder, by names. */
export const hasEncoder = (tensors: HostParameters, prefix: string): boolean => rowOf(tensors, prefix) !== undefined;

/** Larger images than any encoder is used with: what a damaged file says is not built. */
const MAX_SIZE = 4096;

/**
 * An encoder's configuration from the names and shapes of its tensors, which must be ours.
 *
 * @param prefix before the names: `encoder.` or nothing
 * @throws UserError when something does not fit, or the file leaves something open
 */
export function inferEncoder(
  source: string,
  tensors: HostParameters,
  prefix: string,
  options: InferOptions,
): InferredEncoder {
  const row = rowOf(tensors, prefix);
  if (!row) throw new UserError(`inferEncoder: ${source}: must hold a ViT, a ResNet or a Swin, and does not.`);
  const inferred = row.infer(source, tensors, prefix, options);
  const { imageSize } = inferred;
  if (!Number.isInteger(imageSize) || imageSize < 1 || imageSize > MAX_SIZE) {
    throw new UserError(
      `inferEncoder: ${source}: the image size must be a whole number up to ${MAX_SIZE}, got ${imageSize}. Give it with --image-size.`,
    );
  }
  return inferred;
}
