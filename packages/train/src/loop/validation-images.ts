import { UserError } from '@mfm/cli';
import type { RankSetup } from './rank-setup.ts';

/** Splits that hold images not trained on, in the order they are looked for. */
const VALIDATION_SPLITS = ['val', 'test'];

/** What a configuration says of the images to measure on. */
export interface ValidationData {
  readonly path: string;
  readonly validation: { readonly path?: string | undefined; readonly split?: string | undefined };
}

/**
 * Finds the images to measure on.
 *
 * @param listSplits the splits that a path has
 * @returns split is undefined for all of the path
 * @throws UserError when the path has other splits only, or there is none but the images that are trained on
 */
export async function findValidation(
  { validation, path: trainPath }: ValidationData,
  listSplits: (path: string) => Promise<string[]>,
): Promise<{ path: string; split: string | undefined }> {
  const path = validation.path ?? trainPath;
  if (validation.split !== undefined) return { path, split: validation.split };
  const splits = await listSplits(path);
  const split = VALIDATION_SPLITS.find((name) => splits.includes(name));
  if (split === undefined && splits.length > 0) {
    throw new UserError(
      `data.validation: ${path} must have a split ${VALIDATION_SPLITS.join(' or ')}, got ${splits.join(', ')}. ` +
        'Pass --validation <path>, or --set data.validation.split=<name>.',
    );
  }
  if (split === undefined && validation.path === undefined) {
    throw new UserError(
      `data.validation: ${path} has no split to measure on. Pass --validation <path> with other images.`,
    );
  }
  return { path, split };
}

/** This rank's share of so many images: a run of them; undefined for all. */
export function ownShare(length: number, rank: RankSetup | undefined): Int32Array | undefined {
  if (!rank) return undefined;
  const { rank: own, size } = rank.communicator;
  const [start, end] = [own, own + 1].map((part) => Math.floor((part * length) / size)) as [number, number];
  return Int32Array.from({ length: end - start }, (_, i) => start + i);
}

/** @throws UserError when images to measure on are not of the classes that are trained on */
export function requireTrainedClasses(own: readonly string[], trained: readonly string[], path: string): void {
  if (own.join('\n') === trained.join('\n')) return;
  throw new UserError(
    `data.validation: ${path} must have the ${trained.length} classes that are trained on, in their order, ` +
      `got ${own.length}. Correct --validation.`,
  );
}
