import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import sharp from 'sharp';
import type { Dataset } from '../dataset/dataset.ts';
import { decodeImage } from '../image/decode.ts';
import { openArchiveMembers } from '../store/archive-store.ts';
import { stringAt } from '../store/shared-memory.ts';

/** An image as it goes into a shard. */
export interface EncodedImage {
  readonly bytes: Uint8Array;
  /** With its dot, in lower case. */
  readonly extension: string;
}

/** The images of a data set as files hold them. */
export interface EncodedImages {
  /** @throws UndecodableImage naming the file */
  read(index: number): Promise<EncodedImage>;
  close(): Promise<void>;
}

/** Bytes that stay as they are, decoded once to see that they can be. */
async function checked(bytes: Uint8Array, name: string): Promise<EncodedImage> {
  await decodeImage(bytes, name);
  return { bytes, extension: extname(name).toLowerCase() };
}

/** Files and members of shards are handed out as they are; images that are held decoded (tiny or synthetic ones) as PNG, which loses nothing. */
export function openEncodedImages(dataset: Dataset): EncodedImages {
  const { store } = dataset;
  if (store.kind === 'files') {
    const { root, paths } = store;
    const nameOf = (index: number) => join(root, stringAt(paths, index));
    return { read: async (index) => checked(await readFile(nameOf(index)), nameOf(index)), close: async () => {} };
  }
  if (store.kind === 'archive') {
    const members = openArchiveMembers(store);
    const read = async (index: number) => checked(await members.read(index), stringAt(store.members, index));
    return { read, close: () => members.close() };
  }
  return {
    async read(index) {
      const { pixels, width, height } = await dataset.read(index);
      // sharp does not take views of shared memory.
      const raw = { raw: { width, height, channels: 3 } } as const;
      return { bytes: await sharp(new Uint8Array(pixels), raw).png().toBuffer(), extension: '.png' };
    },
    close: async () => {},
  };
}
