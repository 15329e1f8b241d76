import { availableParallelism } from 'node:os';
import { startProgress } from '@mfm/cli';
import { UndecodableImage } from '../image/decode.ts';
import type { Image } from '../image/image.ts';
import { type ImageStore, openImageReader } from './image-store.ts';
import type { PixelStore } from './pixel-store.ts';
import { sharedBytes, sharedFloat64 } from './shared-memory.ts';

/** Images up to this side are decoded once and kept: a 32-px JPEG costs 0.3 to 0.8 ms to decode, and 3 kB to keep. */
const TINY = 64;
/** How many images, spread over the data set, are looked at to tell whether it is tiny. */
const PROBES = 8;
/** A typed array of Node 20 holds at most 4 GB; larger sets are decoded when read. */
const MAX_BYTES = 2 ** 32 - 1;
/** Below this count decoding takes less than a second and shows no progress. */
const PROGRESS_FROM = 2000;

/** A sample that could not be decoded. */
export interface BadImage {
  index: number;
  file: string;
  reason: string;
}

/** Decoded images; a bad one has width 0. */
export interface DecodedImages {
  store: PixelStore;
  bad: BadImage[];
}

/** Whether the probed images are all at most 64 pixels wide and high, and all of them decoded fit into memory. */
export async function isTiny(store: ImageStore, length: number): Promise<boolean> {
  const reader = openImageReader(store);
  try {
    for (let i = 0; i < Math.min(PROBES, length); i++) {
      const index = Math.floor((i * length) / Math.min(PROBES, length));
      try {
        const { width, height } = await reader.read(index);
        if (Math.max(width, height) > TINY || width * height * 3 * length > MAX_BYTES) return false;
      } catch (error) {
        if (!(error instanceof UndecodableImage)) throw error;
      }
    }
    return true;
  } finally {
    await reader.close();
  }
}

/** Puts images of any sizes into one block of shared memory; an absent one gets width 0. */
export function packImages(images: readonly (Image | undefined)[]): PixelStore {
  const offset = sharedFloat64(images.length);
  const width = new Uint16Array(new SharedArrayBuffer(images.length * 2));
  const height = new Uint16Array(new SharedArrayBuffer(images.length * 2));
  const bytes = sharedBytes(images.reduce((sum, image) => sum + (image?.pixels.length ?? 0), 0));
  let end = 0;
  images.forEach((image, i) => {
    offset[i] = end;
    if (!image) return;
    bytes.set(image.pixels, end);
    end += image.pixels.length;
    width[i] = image.width;
    height[i] = image.height;
  });
  return { kind: 'pixels', bytes, offset, width, height };
}

/** Decodes every image, as many at a time as there are cores, showing progress on standard error. */
export async function decodeAll(store: ImageStore, length: number, name: string): Promise<DecodedImages> {
  const reader = openImageReader(store);
  const images: (Image | undefined)[] = new Array(length).fill(undefined);
  const bad: BadImage[] = [];
  const progress = length >= PROGRESS_FROM ? startProgress(`decode ${name}`, length) : undefined;
  let next = 0;
  const lane = async () => {
    while (next < length) {
      const index = next++;
      try {
        images[index] = await reader.read(index);
      } catch (error) {
        if (!(error instanceof UndecodableImage)) throw error;
        bad.push({ index, file: error.file, reason: error.reason });
      }
      if (index % 500 === 0) progress?.update(index);
    }
  };
  try {
    // Decoding, but for small JPEGs, runs in libuv's pool; two lanes a core keep it busy while this thread handles results.
    await Promise.all(Array.from({ length: 2 * availableParallelism() }, lane));
    progress?.update(length);
  } finally {
    progress?.stop();
    await reader.close();
  }
  return { store: packImages(images), bad: bad.sort((a, b) => a.index - b.index) };
}
