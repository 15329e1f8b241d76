import { UserError } from '@mfm/cli';
import type { HostParameters } from '../checkpoint/checkpoint.ts';
import type { DecoderConfig } from '../pretext/decoder/decoder-config.ts';
import type { PretextTask } from '../pretext/task-config.ts';
import { shapesOf } from './infer-shape.ts';

/** Heads of the official decoder, whose number no shape tells. */
const DECODER_HEADS = 16;

/** The decoder of a pre-training checkpoint from shapes: blocks, or undefined for the linear one. */
export function inferDecoder(source: string, tensors: HostParameters): DecoderConfig | undefined {
  const shapes = shapesOf(source, tensors);
  if (shapes.has('decoder.0.weight')) return undefined;
  const embedDim = shapes.of('decoder.embed.weight', 2)[0]!;
  const table = ['decoder.rel_pos_bias', 'decoder.blocks.0.attn']
    .map((name) => `${name}.relative_position_bias_table`)
    .find(shapes.has);
  const numHeads = table === undefined ? DECODER_HEADS : shapes.of(table, 2)[1]!;
  if (embedDim % numHeads === 0) return { depth: shapes.count('decoder.blocks.'), embedDim, numHeads };
  throw new UserError(
    `inferDecoder: ${source}: the decoder's width must be a multiple of its ${numHeads} heads, got ${embedDim}.`,
  );
}

/** The pretext task of a file that does not tell it: the official one, its radius of 16 at 224 px in proportion. */
export const usualTask = (imageSize: number): PretextTask => ({
  ...{ filter: 'mfm', maskRadius1: Math.max(1, Math.round((16 * imageSize) / 224)), maskRadius2: 999 },
  ...{ sampleRatio: 0.5, target: 'masked' },
});
