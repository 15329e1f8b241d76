import type { ModelConfig } from './built-model.ts';

/** Where an exported model's parameters came from. */
export interface ModelSource {
  /** `checkpoint` or `random`. */
  readonly kind: 'checkpoint' | 'random';
  /** SHA-256 of the checkpoint file, hexadecimal. */
  readonly sha256?: string;
  /** Who wrote it: this project, or `timm ViT`. */
  readonly format?: string;
  /** `ema`: the moving average of the parameters; without it, those of the last step. */
  readonly weights?: 'ema';
  /** Side of the images that it was trained on, where it was resized for others. */
  readonly imageSize?: number;
  readonly step?: number;
  readonly epoch?: number;
  /** Of a random initialisation. */
  readonly seed?: number;
}

/** Shorter side before the central crop: tiny images are used whole, others as on ImageNet (256 for 224). */
export function usualResize(imageSize: number): number {
  return imageSize <= 64 ? imageSize : Math.floor((imageSize * 256) / 224);
}

/**
 * What an exported model says of itself, as `metadata_props`: every value that is not plain text is JSON. How images are prepared stands
 * under `mean`, `std` (of images in [0, 1], per channel), `image_size`, `resize`, `crop` and `interpolation`.
 */
export function modelMetadata(
  config: ModelConfig,
  head: string,
  source: ModelSource,
  versions: Readonly<Record<string, string>>,
): Record<string, string> {
  const size = config.imageSize;
  return {
    head,
    mean: JSON.stringify(config.mean),
    std: JSON.stringify(config.std),
    image_size: JSON.stringify(size),
    resize: JSON.stringify(usualResize(size)),
    crop: 'center',
    interpolation: 'bicubic',
    config: JSON.stringify(config),
    ...('numClasses' in config && { num_classes: JSON.stringify(config.numClasses) }),
    ...('classes' in config && { classes: JSON.stringify(config.classes) }),
    source: source.kind,
    ...(source.sha256 && { source_sha256: source.sha256 }),
    ...(source.format !== undefined && { source_format: source.format }),
    ...(source.weights !== undefined && { source_weights: source.weights }),
    ...(source.imageSize !== undefined && { source_image_size: JSON.stringify(source.imageSize) }),
    ...(source.step !== undefined && { source_step: JSON.stringify(source.step) }),
    ...(source.epoch !== undefined && { source_epoch: JSON.stringify(source.epoch) }),
    ...(source.seed !== undefined && { source_seed: JSON.stringify(source.seed) }),
    versions: JSON.stringify(versions),
  };
}
