import { listSplits, openDataset } from '@mfm/data';
import { chooseSubset } from '../../features/seeded-subset.ts';
import { openPart, type Part } from '../model-and-data.ts';
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
  const { data, testData, testLimit, seed, skipBad = false } = args;
  const whole = testData === undefined && !fitsProbe && (await listSplits(data)).length === 0;
  if (!whole) return openPart({ ...args, model: args.model[0]!, data }, 'test', imageSize);
  const dataset = await openDataset(data, { imageSize, skipBad });
  return { dataset, subset: chooseSubset(dataset.length, testLimit, seed, 'test') };
}
