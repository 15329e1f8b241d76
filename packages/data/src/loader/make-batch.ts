import { UserError } from '@mfm/cli';
import { type DegradationSpec, degradeImage } from '../degradation/degrade-image.ts';
import { UndecodableImage } from '../image/decode.ts';
import { createRandom } from '../random/random.ts';
import { type ImageStore, openImageReader } from '../store/image-store.ts';
import { applyTransform, givesMask, type TransformSpec } from '../transform/transform.ts';
import type { Batch } from './batch.ts';
import { type GivenImages, givenSource, type ImageSource, storeSource } from './image-source.ts';

/** What becomes of an undecodable image: an error, another sample in its place, or a batch shorter by one. */
export type BadImagePolicy = 'throw' | 'replace' | 'drop';

/** What every thread of a loader works with; plain data. */
export interface BatchSettings {
  /** Where images are read from; undefined where every batch brings its own. */
  store: ImageStore | undefined;
  labels: Int32Array;
  transform: TransformSpec;
  degradation: DegradationSpec | undefined;
  seed: number;
  onBad: BadImagePolicy;
  /** Samples that replacements are drawn from; undefined for all. */
  subset: Int32Array | undefined;
}

/** A batch, and what was found undecodable while making it. */
export interface BatchResult {
  batch: Batch;
  bad: { index: number; file: string; reason: string }[];
}

/** Makes batches, one at a time. */
export interface BatchMaker {
  /** @param given the images themselves, where there is no store */
  make(epoch: number, indices: Int32Array, given?: GivenImages): Promise<BatchResult>;
  close(): Promise<void>;
}

/** Images read ahead inside one batch: file access and decoding overlap with this thread's resampling. */
const LANES = 4;
/** Replacements tried for one sample before giving up: by then the data set is not worth training on. */
const MAX_REPLACEMENTS = 100;

/** Opens the store for making batches. The result depends on the settings, epoch and indices alone. */
export function createBatchMaker(settings: BatchSettings): BatchMaker {
  const { store, labels, transform, degradation, seed, onBad, subset } = settings;
  const reader = store && openImageReader(store);
  const { size } = transform;
  const imageValues = size * size * 3;

  /** Transforms the image into `out`; returns what is there: it, its replacement, or undefined for nothing. */
  async function fill(
    epoch: number,
    first: ImageSource,
    out: Uint8Array,
    maskOut: Uint8Array | undefined,
    bad: BatchResult['bad'],
  ): Promise<ImageSource | undefined> {
    let source: ImageSource | undefined = first;
    for (let attempt = 0; source && attempt <= MAX_REPLACEMENTS; attempt++) {
      try {
        applyTransform(await source.read(), transform, { seed, epoch, sample: source.index }, out, maskOut);
        return source;
      } catch (error) {
        if (!(error instanceof UndecodableImage) || onBad === 'throw') throw error;
        bad.push({ index: source.index, file: error.file, reason: error.reason });
        if (onBad === 'drop') return undefined;
        source = source.replacement();
      }
    }
    throw new UserError(
      `createLoader: a replacement for an undecodable image must be found, got ${MAX_REPLACEMENTS} undecodable ones in a row.`,
    );
  }

  return {
    async make(epoch, wanted, given) {
      const pixels = new Uint8Array(wanted.length * imageValues);
      const degraded = degradation && new Float32Array(wanted.length * imageValues);
      const masks = givesMask(transform) ? new Uint8Array(wanted.length * size * size) : undefined;
      const filled = new Int32Array(wanted.length);
      const ownLabels = new Int32Array(wanted.length);
      const bad: BatchResult['bad'] = [];
      let next = 0;
      const lane = async () => {
        while (next < wanted.length) {
          const slot = next++;
          const out = pixels.subarray(slot * imageValues, (slot + 1) * imageValues);
          const maskOut = masks?.subarray(slot * size * size, (slot + 1) * size * size);
          const key = { seed, epoch, index: wanted[slot]! };
          const source = given ? givenSource(given, wanted, slot) : storeSource(reader!, labels, subset, key);
          const there = await fill(epoch, source, out, maskOut, bad);
          filled[slot] = there?.index ?? -1;
          ownLabels[slot] = there?.label ?? 0;
          if (!degraded || !there) continue;
          // Of the sample that is there: a replacement brings its own draws.
          const random = createRandom(seed, epoch, there.index, 'degradation');
          degraded.set(degradeImage(out, size, degradation, random), slot * imageValues);
        }
      };
      await Promise.all(Array.from({ length: Math.min(LANES, wanted.length) }, lane));
      bad.sort((a, b) => a.index - b.index);
      return { batch: compact({ pixels, degraded, masks }, filled, ownLabels, size), bad };
    },
    close: async () => reader?.close(),
  };
}

/** What is made of images, one after the other. */
interface Made {
  pixels: Uint8Array;
  degraded: Float32Array | undefined;
  masks: Uint8Array | undefined;
}

/** Closes the gaps left by samples that were dropped. */
function compact({ pixels, degraded, masks }: Made, filled: Int32Array, labels: Int32Array, size: number): Batch {
  const plane = size * size;
  let kept = 0;
  filled.forEach((index, slot) => {
    if (index < 0) return;
    if (kept !== slot) {
      pixels.copyWithin(kept * plane * 3, slot * plane * 3, (slot + 1) * plane * 3);
      degraded?.copyWithin(kept * plane * 3, slot * plane * 3, (slot + 1) * plane * 3);
      masks?.copyWithin(kept * plane, slot * plane, (slot + 1) * plane);
    }
    filled[kept] = index;
    labels[kept] = labels[slot]!;
    kept++;
  });
  const indices = filled.subarray(0, kept);
  return {
    pixels: pixels.subarray(0, kept * plane * 3),
    ...(degraded && { degraded: degraded.subarray(0, kept * plane * 3) }),
    ...(masks && { masks: masks.subarray(0, kept * plane) }),
    labels: labels.subarray(0, kept),
    indices,
    shape: [kept, size, size, 3],
  };
}
