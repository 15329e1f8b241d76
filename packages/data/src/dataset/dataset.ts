import { UserError } from '@mfm/cli';
import type { Image } from '../image/image.ts';
import { type ImageReader, type ImageStore, openImageReader } from '../store/image-store.ts';
import type { CachedSet } from '../store/pixel-cache.ts';
import { sharedFloat64, sharedInt32 } from '../store/shared-memory.ts';

/** A sample that was left out because of `skipBad`. */
export interface BadSample {
  file: string;
  reason: string;
}

/** Labelled images with random access. */
export interface Dataset {
  /** For messages and reports. */
  readonly name: string;
  /** The split that was opened; undefined where the data set has none. */
  readonly split: string | undefined;
  readonly length: number;
  /** Class names; a label is an index into them. */
  readonly classes: readonly string[];
  /** Label of every sample. */
  readonly labels: Int32Array;
  /** Whether decoded images are held in memory: reading one then costs nothing. */
  readonly inMemory: boolean;
  /** Where the images are; what the loader's threads get. */
  readonly store: ImageStore;
  /** Whether undecodable images are left out instead of being an error. */
  readonly skipBad: boolean;
  /** Samples found undecodable so far, in the order found; filled only with `skipBad`. */
  readonly badSamples: BadSample[];
  label(index: number): number;
  /** @throws UserError naming the file when it cannot be decoded */
  read(index: number): Promise<Image>;
  /** Closes open files. */
  close(): Promise<void>;
}

/** What a kind of data set finds out when it is opened. */
export interface DatasetContents {
  name: string;
  split: string | undefined;
  classes: readonly string[];
  labels: ArrayLike<number>;
  store: ImageStore;
  skipBad: boolean;
  badSamples?: BadSample[];
}

/** Makes the data set of its contents, checking that every label names a class. */
export function makeDataset(contents: DatasetContents): Dataset {
  const { name, split, classes, store, skipBad, badSamples = [] } = contents;
  const labels = sharedInt32(contents.labels);
  const stray = labels.findIndex((label) => label < 0 || label >= classes.length);
  if (stray >= 0) {
    throw new UserError(
      `openDataset: labels of ${name} must be in [0, ${classes.length}), got ${labels[stray]} for sample ${stray}. ` +
        'Correct the labels or the list of classes.',
    );
  }
  let reader: ImageReader | undefined;
  return {
    ...{ name, split, classes, labels, store, skipBad, badSamples },
    length: labels.length,
    inMemory: store.kind === 'pixels',
    label(index) {
      const label = labels[index];
      if (label !== undefined) return label;
      throw new RangeError(`label: index must be in [0, ${labels.length}), got ${index}.`);
    },
    async read(index) {
      if (labels[index] === undefined) {
        throw new RangeError(`read: index must be in [0, ${labels.length}), got ${index}.`);
      }
      reader ??= openImageReader(store);
      return reader.read(index);
    },
    async close() {
      await reader?.close();
      reader = undefined;
    },
  };
}

/** Turns decoded images into a data set: bad ones are an error, or left out of the index and listed. */
export function makeDecodedDataset(
  contents: Omit<DatasetContents, 'store' | 'labels' | 'badSamples'>,
  { store, labels, bad }: CachedSet,
): Dataset {
  if (bad.length === 0) return makeDataset({ ...contents, store, labels });
  if (!contents.skipBad) {
    const others = bad.length > 1 ? ` and ${bad.length - 1} more` : '';
    throw new UserError(
      `openDataset: every image must be decodable, got "${bad[0]!.file}" (${bad[0]!.reason})${others}. ` +
        'Replace it, or pass --skip-bad.',
    );
  }
  const left = new Set(bad.map(({ index }) => index));
  const kept = Array.from(labels, (_, index) => index).filter((index) => !left.has(index));
  if (kept.length === 0) throw new UserError(`openDataset: no image of ${contents.name} can be decoded.`);
  const pick16 = (values: Uint16Array) => {
    const picked = new Uint16Array(new SharedArrayBuffer(kept.length * 2));
    picked.set(kept.map((index) => values[index]!));
    return picked;
  };
  return makeDataset({
    ...contents,
    labels: kept.map((index) => labels[index]!),
    store: {
      ...store,
      offset: sharedFloat64(kept.map((index) => store.offset[index]!)),
      width: pick16(store.width),
      height: pick16(store.height),
    },
    badSamples: bad.map(({ file, reason }) => ({ file, reason })),
  });
}
