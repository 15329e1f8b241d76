import { stringAt } from '../store/shared-memory.ts';
import type { Dataset } from './dataset.ts';

/** The file or member that an image comes from; undefined where the data set keeps decoded pixels alone, or generates them. */
export function sampleName({ store }: Pick<Dataset, 'store'>, index: number): string | undefined {
  if (store.kind === 'files') return stringAt(store.paths, index);
  if (store.kind === 'archive') return stringAt(store.members, index);
  return undefined;
}
