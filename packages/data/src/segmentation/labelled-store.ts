import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@mfm/cli';
import { decodeImage, UndecodableImage } from '../image/decode.ts';
import { decodeMask } from '../image/decode-mask.ts';
import type { Image } from '../image/image.ts';
import type { ImageReader } from '../store/image-store.ts';
import { type StringTable, stringAt } from '../store/shared-memory.ts';
import { type Labelling, toClasses } from './labelling.ts';

/** Images in files of their own, each with a file of its pixels' classes. */
export interface LabelledStore extends Labelling {
  kind: 'labelled';
  root: string;
  /** Path of each image below `root`. */
  paths: StringTable;
  /** Path of each mask below `root`. */
  masks: StringTable;
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UndecodableImage(path, (error as NodeJS.ErrnoException).code ?? String(error));
  }
}

/**
 * Reads and decodes images and masks on demand.
 *
 * The readers throw a UserError for a mask of another size than its image, or with a number that stands for no class.
 */
export function openLabelledStore({ root, paths, masks, ...labelling }: LabelledStore): ImageReader {
  return {
    async read(index): Promise<Image> {
      const [path, maskPath] = [join(root, stringAt(paths, index)), join(root, stringAt(masks, index))];
      const [encoded, encodedMask] = await Promise.all([readBytes(path), readBytes(maskPath)]);
      const image = await decodeImage(encoded, path);
      const raw = decodeMask(encodedMask, maskPath);
      if (raw.width !== image.width || raw.height !== image.height) {
        throw new UserError(
          `mask "${maskPath}": must be as large as its image "${path}" (${image.width}×${image.height}), got ${raw.width}×${raw.height}. ` +
            'Pair them again, or resize the mask without interpolation.',
        );
      }
      return { ...image, mask: toClasses(raw, labelling, maskPath) };
    },
    async close() {},
  };
}
