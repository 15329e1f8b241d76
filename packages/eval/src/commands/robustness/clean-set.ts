import { openPart, openTestOrWhole, type Part } from '../model-and-data.ts';
import type { SuiteArguments } from './suite-arguments.ts';

/**
 * Opens the clean images: the test split; of a set without splits, all of it, if nothing is fitted on it.
 *
 * @param fitsProbe whether a probe is fitted on the train split of the same data
 */
export async function openCleanSet(
  args: SuiteArguments & { readonly data: string },
  imageSize: number,
  fitsProbe: boolean,
): Promise<Part> {
  const single = { ...args, model: args.model[0]! };
  return fitsProbe ? openPart(single, 'test', imageSize) : openTestOrWhole(single, imageSize);
}
