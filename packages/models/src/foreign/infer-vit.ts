import { UserError } from '@mfm/cli';
import type { HostParameters } from '../checkpoint/checkpoint.ts';
import { sinCosPositionEmbedding } from '../vit/position-embedding.ts';
import type { VitConfig } from '../vit/vit-config.ts';
import { HEAD_DIM, type InferOptions, type Shapes, shapesOf, USUAL_SIZE, wholeRoot } from './infer-shape.ts';

/** Rows of a relative position table that are for the class token. */
const TABLE_EXTRA = 3;

type Bias = NonNullable<VitConfig['relativePositionBias']>;

/** Where each kind of relative position bias keeps its table. */
const TABLES: Readonly<Record<Exclude<Bias, 'none'>, string>> = {
  shared: 'rel_pos_bias.relative_position_bias_table',
  block: 'blocks.0.attn.relative_position_bias_table',
};

function tableOf(shapes: Shapes, prefix: string): { bias: Bias; table?: readonly number[] } {
  for (const [bias, name] of Object.entries(TABLES)) {
    if (shapes.has(prefix + name)) return { bias: bias as Bias, table: shapes.of(prefix + name, 2) };
  }
  return { bias: 'none' };
}

/** How many heads: as told, as the table has columns, or by the convention of 64 channels each. */
function headsOf(
  source: string,
  embedDim: number,
  table: readonly number[] | undefined,
  told: number | undefined,
): number {
  const heads = told ?? table?.[1] ?? embedDim / HEAD_DIM;
  if (Number.isInteger(heads) && heads > 0 && embedDim % heads === 0) return heads;
  throw new UserError(
    `inferConfig: ${source}: the number of attention heads must divide the width ${embedDim}, got ${heads}, and the file does not tell it. Give it with --heads.`,
  );
}

/** Whether a position embedding is the fixed one, to float32 rounding. */
function isSinCos({ shape, data }: HostParameters[string], grid: number): boolean {
  const width = shape[2]!;
  if (width % 4 !== 0) return false;
  const table = sinCosPositionEmbedding(width, grid);
  return data.every((value, index) => Math.abs(value - table[index]!) < 1e-5);
}

/**
 * A ViT's configuration and image size from the shapes of its tensors, under our names.
 *
 * @param prefix before the names: `encoder.` or nothing
 * @throws UserError when they are not those of a ViT, or leave the heads open
 */
export function inferVit(
  source: string,
  tensors: HostParameters,
  prefix: string,
  options: InferOptions,
): { encoder: VitConfig; imageSize: number } {
  const shapes = shapesOf(source, tensors);
  const [embedDim, , patchSize] = shapes.of(`${prefix}patch_embed.proj.weight`, 4) as [number, number, number, number];
  const { bias, table } = tableOf(shapes, prefix);
  const hasPosition = shapes.has(`${prefix}pos_embed`);
  const gridOf = (): number => {
    if (hasPosition)
      return wholeRoot(source, 'tokens of pos_embed less one', shapes.of(`${prefix}pos_embed`, 3)[1]! - 1);
    if (table)
      return (wholeRoot(source, 'rows of the relative position table less 3', table[0]! - TABLE_EXTRA) + 1) / 2;
    return (options.imageSize ?? USUAL_SIZE) / patchSize;
  };
  const grid = gridOf();
  const fc1 = shapes.of(`${prefix}blocks.0.mlp.fc1.weight`, 2);
  const scale = `${prefix}blocks.0.gamma_1`;
  return {
    imageSize: grid * patchSize,
    encoder: {
      ...{ type: 'vit', patchSize, embedDim, depth: shapes.count(`${prefix}blocks.`) },
      numHeads: headsOf(source, embedDim, table, options.numHeads),
      mlpRatio: fc1[0]! / embedDim,
      qkvBias: shapes.has(`${prefix}blocks.0.attn.q_bias`),
      positionEmbedding: !hasPosition ? 'none' : isSinCos(tensors[`${prefix}pos_embed`]!, grid) ? 'sincos' : 'learnt',
      // What it began with is not in the file, and decides nothing any more.
      initValues: shapes.has(scale) ? 1 : null,
      relativePositionBias: bias,
      meanPooling: shapes.has(`${prefix}fc_norm.weight`),
    },
  };
}
