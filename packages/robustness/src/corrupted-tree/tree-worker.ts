import { workerData } from 'node:worker_threads';
import { serveThread } from '@mfm/cli';
import { type Image, type ImageStore, openImageReader } from '@mfm/data';
import { type TreeImage, type TreeSettings, writeTreeImage } from './tree-image.ts';

/** What every thread of the pool is given. */
export interface TreeWorkerData {
  readonly store: ImageStore;
  readonly out: string;
  readonly settings: TreeSettings;
  readonly frostTextures?: readonly Image[] | undefined;
}

// Entry of the pool's threads, reached as the package's subpath `./tree-worker`.
const { store, out, settings, frostTextures } = workerData as TreeWorkerData;
const reader = openImageReader(store);

serveThread(
  {
    write: async (image: TreeImage) => ({ result: await writeTreeImage(reader, out, image, settings, frostTextures) }),
  },
  () => reader.close(),
);
