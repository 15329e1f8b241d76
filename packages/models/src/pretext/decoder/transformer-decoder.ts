import * as tf from '@tensorflow/tfjs-core';
import { affine, norm, pytorchDefault } from '../../parameters/parameter-spec.ts';
import { vitNorm } from '../../vit/block.ts';
import { buildBlockStack } from '../../vit/block-stack.ts';
import { positionParameters } from '../../vit/embedding.ts';
import { linear } from '../../vit/linear.ts';
import { INIT_LIMIT, type Vit } from '../../vit/vit.ts';
import type { VitConfig } from '../../vit/vit-config.ts';
import type { Decoder } from './decoder.ts';
import type { DecoderConfig } from './decoder-config.ts';
import { pixelParameters, pixelShuffle } from './linear-decoder.ts';

const NAME = 'decoder';

/**
 * The official decoder of depth > 0 for a ViT: all tokens, the class token too, are brought to the decoder's width, get positions of their
 * own and pass through blocks with the encoder's options; then each patch's token becomes its pixels.
 *
 * @param config the encoder's
 */
export function buildTransformerDecoder(
  { embedDim: encoderDim, stride, grid, sequence }: Vit,
  config: VitConfig,
  { depth, embedDim, numHeads }: DecoderConfig,
): Decoder {
  const length = grid * grid + 1;
  const initLimit = INIT_LIMIT.pretrain;
  const rates = new Array<number>(depth).fill(0);
  const blocks = buildBlockStack({ ...config, embedDim, numHeads, prefix: `${NAME}.`, grid, rates, initLimit });
  const uniform = pytorchDefault(encoderDim);
  return {
    parameters: [
      ...positionParameters(`${NAME}.pos_embed`, config.positionEmbedding, grid, embedDim, initLimit),
      ...blocks.parameters,
      ...norm(`${NAME}.norm`, embedDim),
      ...affine(`${NAME}.embed`, [embedDim, encoderDim], uniform, uniform),
      ...pixelParameters(`${NAME}.pred.0`, embedDim, stride),
    ],
    buffers: blocks.buffers,
    run(parameters, images, context) {
      const batch = images.shape[0];
      const z = sequence(parameters, images, context);
      const embedded = linear(z, parameters, `${NAME}.embed`);
      const byImage = tf.reshape(embedded, [batch, length, embedDim]);
      const position = parameters[`${NAME}.pos_embed`];
      const placed = position ? tf.add(byImage, position) : byImage;
      const rows = blocks.run(parameters, tf.reshape(placed, [batch * length, embedDim]), context);
      const patches = tf.slice(tf.reshape(rows, [batch, length, embedDim]), [0, 1, 0], [-1, length - 1, embedDim]);
      const last = vitNorm(tf.reshape(patches, [batch * (length - 1), embedDim]), parameters, `${NAME}.norm`);
      return {
        z: tf.reshape(z, [batch, length, encoderDim]),
        reconstruction: pixelShuffle(linear(last, parameters, `${NAME}.pred.0`), batch, grid, stride),
      };
    },
  };
}
