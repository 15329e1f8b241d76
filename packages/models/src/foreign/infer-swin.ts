import type { HostParameters } from '../checkpoint/checkpoint.ts';
import type { SwinConfig } from '../swin/swin-config.ts';
import { type InferOptions, shapesOf, USUAL_SIZE, wholeRoot } from './infer-shape.ts';

/**
 * A Swin's configuration from the shapes of its tensors, under the names of Microsoft's and the official code. The mask of the first
 * shifted block tells the image size.
 *
 * @param prefix before the names: `encoder.` or nothing
 * @throws UserError when they are not those of a Swin
 */
export function inferSwin(
  source: string,
  tensors: HostParameters,
  prefix: string,
  options: InferOptions,
): { encoder: SwinConfig; imageSize: number } {
  const shapes = shapesOf(source, tensors);
  const [embedDim, , patchSize] = shapes.of(`${prefix}patch_embed.proj.weight`, 4) as [number, number, number, number];
  const stages = Array.from(
    { length: shapes.count(`${prefix}layers.`) },
    (_, stage) => `${prefix}layers.${stage}.blocks.`,
  );
  const tables = stages.map((stage) => shapes.of(`${stage}0.attn.relative_position_bias_table`, 2));
  const windowSize = (wholeRoot(source, 'rows of the first relative position table', tables[0]![0]!) + 1) / 2;
  const [mask, position] = [`${stages[0]}1.attn_mask`, `${prefix}absolute_pos_embed`];
  const sizeOf = (): number => {
    if (shapes.has(mask))
      return wholeRoot(source, 'windows of the first stage', shapes.of(mask, 3)[0]!) * windowSize * patchSize;
    if (shapes.has(position))
      return wholeRoot(source, 'tokens of absolute_pos_embed', shapes.of(position, 3)[1]!) * patchSize;
    return options.imageSize ?? USUAL_SIZE;
  };
  return {
    imageSize: sizeOf(),
    encoder: {
      ...{ type: 'swin', patchSize, embedDim, windowSize },
      depths: stages.map((stage) => shapes.count(stage)),
      numHeads: tables.map(([, heads]) => heads!),
      mlpRatio: shapes.of(`${stages[0]}0.mlp.fc1.weight`, 2)[0]! / embedDim,
      qkvBias: shapes.has(`${stages[0]}0.attn.qkv.bias`),
      absolutePositionEmbedding: shapes.has(position),
      patchNorm: shapes.has(`${prefix}patch_embed.norm.weight`),
    },
  };
}
