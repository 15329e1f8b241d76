import { decodeImage } from '../image/decode.ts';
import type { Image } from '../image/image.ts';
import { createRandom } from '../random/random.ts';
import type { ImageReader } from '../store/image-store.ts';

/** Where an image of a batch comes from, and what takes its place when it cannot be decoded. */
export interface ImageSource {
  /** Its number in the data set. */
  readonly index: number;
  readonly label: number;
  /** @throws UndecodableImage naming the file */
  read(): Image | Promise<Image>;
  /** What replaces it; undefined where nothing is left. */
  replacement(): ImageSource | undefined;
}

/** Images of a store, by their numbers. A replacement is drawn by (seed, epoch, sample). */
export function storeSource(
  reader: ImageReader,
  labels: Int32Array,
  subset: Int32Array | undefined,
  { seed, epoch, index }: { seed: number; epoch: number; index: number },
): ImageSource {
  const draws = createRandom(seed, epoch, index, 'replacement');
  const at = (sample: number): ImageSource => ({
    ...{ index: sample, label: labels[sample]! },
    read: () => reader.read(sample),
    replacement: () => at(subset ? subset[draws.integer(subset.length)]! : draws.integer(labels.length)),
  });
  return at(index);
}

/** Encoded images that a batch is made of, where they are not read by their numbers: one for each of its indices. */
export interface GivenImages {
  readonly bytes: readonly Uint8Array[];
  readonly labels: Int32Array;
  /** Names for messages. */
  readonly names: readonly string[];
}

/** Images that came with the batch. One is replaced by the next of the same batch: what comes later in a stream is not there yet. */
export function givenSource({ bytes, labels, names }: GivenImages, indices: Int32Array, slot: number): ImageSource {
  const at = (place: number, tried: number): ImageSource => ({
    ...{ index: indices[place]!, label: labels[place]! },
    read: () => decodeImage(bytes[place]!, names[place]!),
    replacement: () => (tried < indices.length ? at((place + 1) % indices.length, tried + 1) : undefined),
  });
  return at(slot, 1);
}
