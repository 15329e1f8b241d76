import type { BuiltModel } from '../built-model.ts';
import { fromPixels } from './from-pixels.ts';
import type { HeadGraph } from './head.ts';
import { requireHead } from './head-table.ts';

/**
 * The graph of a head for a model.
 *
 * @param name a key of `HEADS`
 * @param normalize whether it takes uint8 pixels, with the preprocessing inside
 * @throws UserError for an unknown head, one that the model does not have, or one that cannot take pixels
 */
export async function headGraph(name: string, model: BuiltModel, normalize: boolean): Promise<HeadGraph> {
  const head = requireHead(name, model);
  return normalize ? fromPixels(head, name) : head.graph();
}
