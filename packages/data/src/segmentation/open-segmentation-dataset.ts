import { stat } from 'node:fs/promises';
import { UserError } from '@mfm/cli';
import { syntheticScenes } from '../synthetic/synthetic-scenes.ts';
import { ade20k } from './ade20k.ts';
import { pascalVoc } from './pascal-voc.ts';
import type { OpenSegmentationOptions, SegmentationDataset, SegmentationKind } from './segmentation-dataset.ts';

/** Kinds that live in files. A new kind is a new row here. */
const KINDS: readonly SegmentationKind[] = [ade20k, pascalVoc];

async function findKind(spec: string): Promise<SegmentationKind> {
  if (await syntheticScenes.detect(spec)) return syntheticScenes;
  try {
    await stat(spec);
  } catch {
    throw new UserError(
      `openSegmentationDataset: data must be an existing path or "synthetic-seg", got "${spec}". Correct --data.`,
    );
  }
  for (const kind of KINDS) if (await kind.detect(spec)) return kind;
  const titles = [...KINDS, syntheticScenes].map(({ title }) => title).join('; ');
  throw new UserError(`openSegmentationDataset: "${spec}" holds no images with masks. Known: ${titles}.`);
}

/**
 * Opens images with a class for every pixel, the kind found by its content.
 *
 * @param spec `synthetic-seg` or `synthetic-seg:<n>`; a folder in the layout of ADE20K or of Pascal VOC
 * @throws UserError for a missing folder, an unknown split, an image without mask, a mask of another size or with a label that is no class
 */
export async function openSegmentationDataset(
  spec: string,
  options: OpenSegmentationOptions = {},
): Promise<SegmentationDataset> {
  return (await findKind(spec)).open(spec, options);
}

/** The splits that `openSegmentationDataset` can open; empty for a data set without splits. */
export async function listSegmentationSplits(spec: string): Promise<string[]> {
  return (await findKind(spec)).splits(spec);
}
