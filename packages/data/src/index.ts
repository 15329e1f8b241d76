export type { Fill, Interpolation } from './augment/affine.ts';
export { jitterColour } from './augment/colour-jitter.ts';
export { parseRandAugment } from './augment/parse-rand-augment.ts';
export { PHOTOMETRIC, type Photometric } from './augment/photometric-distortion.ts';
export { type AugmentSettings, type RandAugment, randAugment } from './augment/rand-augment.ts';
export { type EraseMode, type EraseOptions, eraseRandomly } from './augment/random-erasing.ts';
export type { BadSample, Dataset } from './dataset/dataset.ts';
export { datasetFingerprint } from './dataset/fingerprint.ts';
export { listSplits, openDataset } from './dataset/open-dataset.ts';
export type { OpenOptions } from './dataset/open-options.ts';
export { sampleName } from './dataset/sample-name.ts';
export { type BlurKernelOptions, blurKernel, type KernelFamily } from './degradation/blur-kernel.ts';
export type { Deblur } from './degradation/deblur.ts';
export { checkDegradation, type DegradationSpec, degradeImage } from './degradation/degrade-image.ts';
export type { Denoise } from './degradation/denoise.ts';
export type { Range } from './degradation/distribution.ts';
export { filter2d } from './degradation/filter2d.ts';
export { addGaussianNoise } from './degradation/gaussian-noise.ts';
export type { PlanarImage } from './degradation/planar-image.ts';
export { addPoissonNoise, type PoissonLevels, poissonLevels } from './degradation/poisson-noise.ts';
export type { SuperResolution } from './degradation/super-resolution.ts';
export { torchBicubicResize } from './degradation/torch-bicubic.ts';
export { decodeImage, UndecodableImage } from './image/decode.ts';
export { decodeMask, type RawMask } from './image/decode-mask.ts';
export type { Image } from './image/image.ts';
export { type Box, resample, resizeBicubic, type Sampling } from './image/resample.ts';
export type { ResampleFilter } from './image/resample-filter.ts';
export type { Batch, WholeBatch } from './loader/batch.ts';
export { createLoader, type Loader, type LoaderOptions } from './loader/loader.ts';
export type { RankOf } from './loader/rank-slots.ts';
export { type MixMode, type MixOptions, mixBatch } from './mix/mixup.ts';
export { mixTargets, smoothTargets } from './mix/soft-targets.ts';
export { type NpyArray, readNpyArray } from './npy/npy-array.ts';
export { openNpyImages } from './npy/npy-images.ts';
export { drawPoisson, type PoissonTable, poissonTable } from './random/poisson-table.ts';
export { createRandom, type Random } from './random/random.ts';
export { type Colour, colourMap } from './segmentation/colour-map.ts';
export { type Labelling, NO_CLASS, toClasses } from './segmentation/labelling.ts';
export { listSegmentationSplits, openSegmentationDataset } from './segmentation/open-segmentation-dataset.ts';
export type { OpenSegmentationOptions, SegmentationDataset } from './segmentation/segmentation-dataset.ts';
export { planeAmplitudes } from './spectrum/amplitude.ts';
export { type Complex, fft2d, inverseComplexFft2d, inverseFft2d } from './spectrum/fft.ts';
export { type ImageReader, type ImageStore, openImageReader } from './store/image-store.ts';
export { defaultCacheFolder } from './store/pixel-cache.ts';
export { createStreamLoader, type StreamLoaderOptions } from './stream/stream-loader.ts';
export { openStream, type StreamSet } from './stream/stream-set.ts';
export {
  type EvalOptions,
  evalTransform,
  type FinetuneOptions,
  finetuneTransform,
  type SegmentationOptions,
  segmentationTransform,
  trainTransform,
} from './transform/create-transform.ts';
export type { Finetune } from './transform/finetune.ts';
export { type FitSize, fittedSize } from './transform/fit-size.ts';
export { type ChannelStatistics, normalizePixels } from './transform/normalize-pixels.ts';
export { applyTransform, type SampleKey, type TransformSpec } from './transform/transform.ts';
