import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProgress } from '@mfm/cli';
import { type Communicator, fromRoot, together } from '@mfm/mpi';
import { cacheFeaturesTogether } from '../features/feature-cache.ts';
import type { VectorModel } from '../model/feature-model.ts';
import { inJob, type JobArguments } from './in-job.ts';
import {
  cacheOptions,
  type ModelAndData,
  openArgumentModel,
  openPart,
  openTestOrWhole,
  type Part,
} from './model-and-data.ts';

/** Sets of images of which a command wants features: splits, or for a command without training images what there is. */
export type WantedPart = 'train' | 'test' | 'images';

const open = (args: ModelAndData, wanted: WantedPart, imageSize: number): Promise<Part> =>
  wanted === 'images' ? openTestOrWhole(args, imageSize) : openPart(args, wanted, imageSize);

/** Puts features of an open part into the cache, by all ranks; rank 0 shows how far it is. */
export async function cachePart(
  communicator: Communicator,
  model: VectorModel,
  { dataset, subset }: Part,
  label: string,
  args: ModelAndData,
): Promise<void> {
  let progress: ReturnType<typeof startProgress> | undefined;
  const { cache: _, ...cacheTo } = cacheOptions(args);
  try {
    await cacheFeaturesTogether(communicator, model, dataset, {
      ...{ subset, ...cacheTo },
      ...(args.workers !== undefined && { workers: args.workers }),
      onProgress(done, total) {
        progress ??= startProgress(`${label} features, ${communicator.size} ranks`, total);
        progress.update(done);
      },
    });
  } finally {
    progress?.stop();
  }
}

async function cacheParts(
  communicator: Communicator,
  args: ModelAndData,
  wanted: readonly WantedPart[],
): Promise<void> {
  const model = await together(communicator, () => openArgumentModel(args));
  try {
    for (const name of wanted) {
      const part = await together(communicator, () => open(args, name, model.preprocessing.imageSize));
      try {
        await cachePart(communicator, model, part, name, args);
      } finally {
        await part.dataset.close();
      }
    }
  } finally {
    await model.close();
  }
}

/**
 * Makes a command on features one that several ranks can share: together they put the features into the cache, then rank 0 does the command alone, with the
 * whole machine. With `--no-cache` the cache is a temporary folder.
 *
 * @param wanted the sets of images that the command goes through
 */
export const sharingFeatures = <Arguments extends ModelAndData>(
  run: (args: Arguments) => Promise<void>,
  wanted: (args: Arguments) => readonly WantedPart[],
) => {
  const share = inJob<Arguments & JobArguments>(async (args) => {
    const { communicator } = args;
    if (!communicator) return run(args);
    const isRoot = communicator.rank === 0;
    const parts = await together(communicator, async () => wanted(args));
    const temporary = args.cache
      ? undefined
      : await fromRoot(communicator, () => mkdtemp(join(tmpdir(), 'mfm-features-')));
    const cached = temporary === undefined ? args : { ...args, cache: true, cacheDir: temporary };
    try {
      await cacheParts(communicator, cached, parts);
      // Now, not at the end: the others would wait for rank 0 with a core at work.
      await communicator.close();
      if (isRoot) await run({ ...cached, communicator: undefined });
    } finally {
      if (isRoot && temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    }
  });
  return (args: Arguments): Promise<void> => share(args);
};
