import { UserError } from '@mfm/cli';
import type { ClassMap } from '../evaluate/outcomes.ts';
import { IMAGENET_1K_WNIDS } from './imagenet-1k-wnids.ts';

const INDEX = new Map(IMAGENET_1K_WNIDS.map((wnid, index) => [wnid, index]));

/** Whether a name has the form of a WordNet id, as folders of ImageNet's classes do. */
export const isWnid = (name: string): boolean => /^n\d{8}$/.test(name);

/** Index among the 1000 classes; undefined for any other name. */
export const imagenetIndex = (wnid: string): number | undefined => INDEX.get(wnid);

const some = (names: readonly string[]) => `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`;

/**
 * Finds a data set's classes among those of a model. Folders named by WordNet ids of ImageNet-1k belong to a model of 1000 classes by id, so that some of them
 * are enough; any others must be as many as the model's scores, in its order (folders: alphabetical, as everywhere).
 *
 * @param classes names of the data set's classes
 * @param scores number of the model's scores
 * @param name of the data set, for the message
 * @throws UserError when they do not fit
 */
export function mapClasses(classes: readonly string[], scores: number, name: string): ClassMap {
  const indices = classes.map((wnid) => INDEX.get(wnid));
  if (scores === IMAGENET_1K_WNIDS.length && indices.every((index) => index !== undefined)) {
    return { targets: Int32Array.from(indices) };
  }
  if (classes.length === scores) return { targets: Int32Array.from(classes, (_, i) => i) };
  const strange = classes.filter((wnid) => isWnid(wnid) && !INDEX.has(wnid));
  const hint =
    scores === IMAGENET_1K_WNIDS.length
      ? ` or only folders named by WordNet ids of ImageNet-1k${strange.length > 0 ? ` (${some(strange)} are none)` : ''}`
      : '';
  throw new UserError(
    `mapClasses: ${name} must have ${scores} classes, as many as the model has scores,${hint} got ${classes.length} classes: ${some(classes)}. ` +
      'Use the data that the model was trained for.',
  );
}

/**
 * The same for a data set whose protocol asks for the largest score among a subset of ImageNet's classes.
 *
 * @param subset WordNet ids of the subset, ascending
 * @throws UserError for a model of other classes than the 1000 or just the subset
 */
export function mapSubset(
  classes: readonly string[],
  subset: readonly string[],
  scores: number,
  name: string,
): ClassMap {
  if (scores === subset.length) return { targets: Int32Array.from(classes, (wnid) => subset.indexOf(wnid)) };
  if (scores === IMAGENET_1K_WNIDS.length) {
    const index = (wnid: string) => INDEX.get(wnid)!;
    return { targets: Int32Array.from(classes, index), among: Int32Array.from(subset, index) };
  }
  throw new UserError(
    `mapSubset: a model on ${name} must have ImageNet's ${IMAGENET_1K_WNIDS.length} classes or its ${subset.length}, got ${scores}. Leave the data set out.`,
  );
}
