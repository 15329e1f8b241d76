import type { Image } from '../image/image.ts';
import { type LabelledStore, openLabelledStore } from '../segmentation/labelled-store.ts';
import { openSceneStore, type SceneStore } from '../synthetic/scene-store.ts';
import { openSyntheticStore, type SyntheticStore } from '../synthetic/synthetic-store.ts';
import { type ArchiveStore, openArchiveStore } from './archive-store.ts';
import { type FileStore, openFileStore } from './file-store.ts';
import { openPixelStore, type PixelStore } from './pixel-store.ts';

/** Where a data set's images are: plain data and shared memory, so that it can be sent to threads at no cost. */
export type ImageStore = PixelStore | FileStore | ArchiveStore | SyntheticStore | LabelledStore | SceneStore;

/** Reads images of a store; each thread opens its own. */
export interface ImageReader {
  /** @throws UndecodableImage naming the file */
  read(index: number): Image | Promise<Image>;
  /** Closes open files. */
  close(): Promise<void>;
}

/** Every kind of store. A new one is a new row here. */
const STORES: { [K in ImageStore['kind']]: (store: Extract<ImageStore, { kind: K }>) => ImageReader } = {
  pixels: openPixelStore,
  files: openFileStore,
  archive: openArchiveStore,
  synthetic: openSyntheticStore,
  labelled: openLabelledStore,
  scenes: openSceneStore,
};

/** Opens a reader of any store. */
export function openImageReader(store: ImageStore): ImageReader {
  const open = STORES[store.kind] as (store: ImageStore) => ImageReader;
  return open(store);
}
