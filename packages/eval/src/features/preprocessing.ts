import { UserError } from '@mfm/cli';
import type { ValueInfo } from '@mfm/onnx';

/** ImageNet's colour statistics: what is assumed of a model that does not say. */
const IMAGENET_MEAN: Rgb = [0.485, 0.456, 0.406];
const IMAGENET_STD: Rgb = [0.229, 0.224, 0.225];

type Rgb = readonly [number, number, number];

/** How images must be prepared for a model. */
export interface Preprocessing {
  /** Name of the model's image input. */
  readonly input: string;
  /** Side of the square input in pixels. */
  readonly imageSize: number;
  /** Length of the shorter side before the central crop. */
  readonly resize: number;
  /** Of images in [0, 1], per channel. */
  readonly mean: Rgb;
  readonly std: Rgb;
}

export interface ModelInterface {
  readonly inputs: readonly ValueInfo[];
  readonly metadata: Readonly<Record<string, string>>;
}

const describe = ({ name, type, shape }: ValueInfo) => `${name} ${type} [${shape.join(', ')}]`;

/**
 * Reads how a model wants its images from its input and its `metadata_props` (keys `mean`, `std`, `image_size`, `resize`,
 * `interpolation`; JSON values, as `pnpm export` writes them). A model of another project without them gets ImageNet's mean and deviation, the
 * side of its input and the usual resize.
 *
 * @throws UserError for a model whose input is not one float32 image batch `[batch, 3, side, side]`, or with unusable metadata
 */
export function readPreprocessing({ inputs, metadata }: ModelInterface, path: string): Preprocessing {
  const [input] = inputs;
  const expected = 'one input: float32 [batch, 3, side, side]';
  if (inputs.length !== 1 || !input || input.type !== 'float32' || input.shape.length !== 4 || input.shape[1] !== 3) {
    throw new UserError(
      `readPreprocessing: ${path} must have ${expected}, got ${inputs.map(describe).join('; ') || 'none'}. ` +
        'Export the model with --head features.',
    );
  }
  const [, , height, width] = input.shape;
  const imageSize = typeof height === 'number' ? height : metadataNumber(metadata, 'image_size', path);
  if (imageSize === undefined || (width !== imageSize && typeof width === 'number')) {
    throw new UserError(
      `readPreprocessing: ${path} must have ${expected}, got ${describe(input)}. Give it a fixed, square image size.`,
    );
  }
  const interpolation = metadata.interpolation ?? 'bicubic';
  if (interpolation !== 'bicubic') {
    throw new UserError(
      `readPreprocessing: interpolation of ${path} must be bicubic, got "${interpolation}". Other filters are not supported yet.`,
    );
  }
  const usualResize = imageSize <= 64 ? imageSize : Math.floor((imageSize * 256) / 224);
  return {
    input: input.name,
    imageSize,
    resize: metadataNumber(metadata, 'resize', path) ?? usualResize,
    mean: metadataRgb(metadata, 'mean', path) ?? IMAGENET_MEAN,
    std: metadataRgb(metadata, 'std', path) ?? IMAGENET_STD,
  };
}

function metadataJson(metadata: ModelInterface['metadata'], key: string): unknown {
  try {
    return JSON.parse(metadata[key]!);
  } catch {
    return undefined;
  }
}

function metadataNumber(metadata: ModelInterface['metadata'], key: string, path: string): number | undefined {
  if (metadata[key] === undefined) return undefined;
  const value = metadataJson(metadata, key);
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  throw new UserError(
    `readPreprocessing: ${key} in the metadata of ${path} must be a positive integer, got "${metadata[key]}". Export the model again.`,
  );
}

function metadataRgb(metadata: ModelInterface['metadata'], key: string, path: string): Rgb | undefined {
  if (metadata[key] === undefined) return undefined;
  const value = metadataJson(metadata, key);
  if (Array.isArray(value) && value.length === 3 && value.every((x) => Number.isFinite(x)))
    return value as unknown as Rgb;
  throw new UserError(
    `readPreprocessing: ${key} in the metadata of ${path} must be three numbers, got "${metadata[key]}". Export the model again.`,
  );
}

/**
 * Normalises a batch: uint8 `[N, H, W, 3]` → float32 `[N, 3, H, W]`, (pixel / 255 − mean) / std.
 *
 * @param out receives the result; made when absent
 */
export function normalizePixels(
  pixels: Uint8Array,
  [count, height, width]: readonly [number, number, number],
  { mean, std }: Pick<Preprocessing, 'mean' | 'std'>,
  out: Float32Array = new Float32Array(count * 3 * height * width),
): Float32Array {
  const plane = height * width;
  for (let channel = 0; channel < 3; channel++) {
    // A table of the 256 possible values: one look-up instead of two operations a pixel.
    const table = Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean[channel]!) / std[channel]!);
    for (let image = 0; image < count; image++) {
      const target = (image * 3 + channel) * plane;
      const source = image * plane * 3 + channel;
      for (let i = 0; i < plane; i++) out[target + i] = table[pixels[source + 3 * i]!]!;
    }
  }
  return out;
}
