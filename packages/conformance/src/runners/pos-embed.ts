import { sinCosPositionEmbedding } from '@mfm/models';
import { absoluteCheck, type Outcome } from '../check/check.ts';
import { TOLERANCE } from '../check/tolerances.ts';
import type { GoldenCase } from '../golden/golden-case.ts';

/** `sincos_<width>_<grid>`. */
const SINCOS = /^sincos_(\d+)_(\d+)$/;

/** Kind `pos_embed`: the sin-cos tables. Resizing of learnt ones is not there yet: a case with nothing else is skipped. */
export async function runPosEmbed(golden: GoldenCase): Promise<Outcome> {
  const tensors = Object.entries(await golden.tensors());
  const checks = tensors.flatMap(([name, { data }]) => {
    const match = SINCOS.exec(name);
    if (match === null) return [];
    const table = sinCosPositionEmbedding(Number(match[1]), Number(match[2]));
    return [absoluteCheck(name, table, data, TOLERANCE.float64)];
  });
  if (checks.length === 0) return { skipped: 'position embedding resize not supported yet' };
  const resized = tensors.some(([name]) => name === 'after');
  return { checks, ...(resized && { note: 'resize not compared yet' }) };
}
