import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage, UndecodableImage } from '../image/decode.ts';
import type { ImageReader } from './image-store.ts';
import { type StringTable, stringAt } from './shared-memory.ts';

/** Images in files of their own. */
export interface FileStore {
  kind: 'files';
  root: string;
  /** Path of each image below `root`. */
  paths: StringTable;
}

/** Reads and decodes image files on demand. */
export function openFileStore({ root, paths }: FileStore): ImageReader {
  return {
    async read(index) {
      const path = join(root, stringAt(paths, index));
      let bytes: Uint8Array;
      try {
        bytes = await readFile(path);
      } catch (error) {
        throw new UndecodableImage(path, (error as NodeJS.ErrnoException).code ?? String(error));
      }
      return decodeImage(bytes, path);
    },
    async close() {},
  };
}
