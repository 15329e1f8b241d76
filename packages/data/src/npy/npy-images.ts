import { open } from 'node:fs/promises';
import { UserError } from '@mfm/cli';
import { type Dataset, makeDataset } from '../dataset/dataset.ts';
import { sharedBytes, sharedFloat64 } from '../store/shared-memory.ts';
import { type NpyHeader, readNpyHeader } from './npy-header.ts';

/** Bytes of an element, and how one is read, of the types that labels come in. */
const LABEL_TYPES: Readonly<Record<string, { bytes: number; read(bytes: Buffer, at: number): number }>> = {
  '|u1': { bytes: 1, read: (bytes, at) => bytes.readUInt8(at) },
  '<i4': { bytes: 4, read: (bytes, at) => bytes.readInt32LE(at) },
  '<i8': { bytes: 8, read: (bytes, at) => Number(bytes.readBigInt64LE(at)) },
};

/** Part of an array's rows. */
export interface NpyPart {
  /** First image. */
  readonly from: number;
  readonly count: number;
}

async function readElements(path: string, { offset }: NpyHeader, from: number, out: Uint8Array): Promise<void> {
  const file = await open(path);
  try {
    for (let done = 0; done < out.length; ) {
      const { bytesRead } = await file.read(out, done, out.length - done, offset + from + done);
      if (bytesRead === 0) {
        throw new UserError(
          `openNpyImages: "${path}" must be whole, it ends ${out.length - done} bytes early. Unpack it again.`,
        );
      }
      done += bytesRead;
    }
  } finally {
    await file.close();
  }
}

/**
 * Images and labels of two `.npy` files, as CIFAR-10-C comes: uint8 `[N, H, W, 3]` and integers `[N]`. Only the part asked for is read.
 *
 * @param classes names, in the order of the labels
 * @throws UserError for files of other shapes or types, or that do not hold the part
 */
export async function openNpyImages(
  imagesFile: string,
  labelsFile: string,
  { from, count }: NpyPart,
  name: string,
  classes: readonly string[],
): Promise<Dataset> {
  const [images, labels] = [await readNpyHeader(imagesFile), await readNpyHeader(labelsFile)];
  const [total = 0, height = 0, width = 0, channels] = images.shape;
  const end = from + count;
  if (images.shape.length !== 4 || channels !== 3 || !['|u1', '<u1'].includes(images.descr) || total < end) {
    throw new UserError(
      `openNpyImages: "${imagesFile}" must be uint8 [at least ${end}, height, width, 3], got ${images.descr} [${images.shape.join(', ')}].`,
    );
  }
  const type = LABEL_TYPES[labels.descr.replace('<u1', '|u1')];
  if (!type || labels.shape.length !== 1 || labels.shape[0]! < end) {
    throw new UserError(
      `openNpyImages: "${labelsFile}" must be uint8, int32 or int64 [at least ${end}], got ${labels.descr} [${labels.shape.join(', ')}].`,
    );
  }
  const imageBytes = height * width * 3;
  // Read into memory of this thread's own first: file reads do not take shared memory everywhere.
  const pixels = Buffer.alloc(count * imageBytes);
  await readElements(imagesFile, images, from * imageBytes, pixels);
  const bytes = sharedBytes(pixels.length);
  bytes.set(pixels);
  const numbers = Buffer.alloc(count * type.bytes);
  await readElements(labelsFile, labels, from * type.bytes, numbers);
  const side = (length: number) => new Uint16Array(new SharedArrayBuffer(count * 2)).fill(length);
  return makeDataset({
    name,
    split: undefined,
    classes,
    labels: Int32Array.from({ length: count }, (_, i) => type.read(numbers, i * type.bytes)),
    store: {
      kind: 'pixels',
      bytes,
      offset: sharedFloat64(Array.from({ length: count }, (_, i) => i * imageBytes)),
      width: side(width),
      height: side(height),
    },
    skipBad: false,
  });
}
