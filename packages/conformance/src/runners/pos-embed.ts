import { resizePositionEmbedding, sinCosPositionEmbedding } from '@mfm/models';
import { absoluteCheck, type Check, type Outcome, relativeCheck } from '../check/check.ts';
import { TOLERANCE } from '../check/tolerances.ts';
import type { GoldenCase } from '../golden/golden-case.ts';

/** `sincos_<width>_<grid>`. */
const SINCOS = /^sincos_(\d+)_(\d+)$/;

/** Tokens before the grid's: the class token. */
const CLASS_TOKEN = 1;

/** Kind `pos_embed`: the sin-cos tables, and the resizing of a learnt embedding. */
export async function runPosEmbed(golden: GoldenCase): Promise<Outcome> {
  const tensors = await golden.tensors();
  const checks: Check[] = Object.entries(tensors).flatMap(([name, { data }]) => {
    const match = SINCOS.exec(name);
    if (match === null) return [];
    const table = sinCosPositionEmbedding(Number(match[1]), Number(match[2]));
    return [absoluteCheck(name, table, data, TOLERANCE.float64)];
  });
  const { before, after } = tensors;
  if (before && after) {
    const given = { shape: before.shape, data: before.data as Float32Array };
    const resized = resizePositionEmbedding(given, golden.json.new_grid as number, CLASS_TOKEN);
    checks.push(relativeCheck('resized', resized.data, after.data, TOLERANCE.output));
  }
  return { checks };
}
