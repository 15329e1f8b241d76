export type { BadSample, Dataset } from './dataset/dataset.ts';
export { listSplits, openDataset } from './dataset/open-dataset.ts';
export type { OpenOptions } from './dataset/open-options.ts';
export { decodeImage, UndecodableImage } from './image/decode.ts';
export type { Image } from './image/image.ts';
export { type Box, resample, resizeBicubic, type Sampling } from './image/resample.ts';
export type { ResampleFilter } from './image/resample-filter.ts';
export type { Batch } from './loader/batch.ts';
export { createLoader, type Loader, type LoaderOptions } from './loader/loader.ts';
export { createRandom, type Random } from './random/random.ts';
export {
  applyTransform,
  evalTransform,
  type SampleKey,
  type TransformSpec,
  trainTransform,
} from './transform/transform.ts';
