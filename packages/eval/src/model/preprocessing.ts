import { UserError } from '@mfm/cli';
import type { ValueInfo } from '@mfm/onnx';

/** ImageNet's colour statistics: what is assumed of a model that does not say. */
const IMAGENET_MEAN: Rgb = [0.485, 0.456, 0.406];
const IMAGENET_STD: Rgb = [0.229, 0.224, 0.225];

type Rgb = readonly [number, number, number];

/** Filters of Pillow's resampling that models are evaluated with. */
export const INTERPOLATIONS = ['bicubic', 'bilinear'] as const;
export type Interpolation = (typeof INTERPOLATIONS)[number];

/** What the user sets instead of what the model's metadata say. */
export interface PreprocessingOverrides {
  readonly resize?: number;
  /** The same as a share: the shorter side becomes ⌊crop / cropRatio⌋ (timm's `crop_pct`); (0, 1]. */
  readonly cropRatio?: number;
  /** Side of the central crop; for a model of fixed size it can only be that. */
  readonly crop?: number;
  readonly interpolation?: Interpolation;
  readonly mean?: Rgb;
  readonly std?: Rgb;
}

/** How images must be prepared for a model. */
export interface Preprocessing {
  /** Name of the model's image input. */
  readonly input: string;
  /** What it takes: `normalized` float32 [batch, 3, side, side], or `pixels` uint8 [batch, side, side, 3], which the model prepares itself. */
  readonly encoding: 'normalized' | 'pixels';
  /** Side of the square input in pixels. */
  readonly imageSize: number;
  /** Length of the shorter side before the central crop. */
  readonly resize: number;
  readonly interpolation: Interpolation;
  /** Of images in [0, 1], per channel. */
  readonly mean: Rgb;
  readonly std: Rgb;
}

export interface ModelInterface {
  readonly inputs: readonly ValueInfo[];
  readonly metadata: Readonly<Record<string, string>>;
}

const describe = ({ name, type, shape }: ValueInfo) => `${name} ${type} [${shape.join(', ')}]`;

/** Types and layouts of image inputs: where the colours and the sides stand. */
const ENCODINGS = [
  { encoding: 'normalized', type: 'float32', colours: 1, sides: [2, 3] },
  { encoding: 'pixels', type: 'uint8', colours: 3, sides: [1, 2] },
] as const;

/**
 * Reads how a model wants its images from its input and its `metadata_props` (keys `mean`, `std`, `image_size`, `resize`,
 * `interpolation`; JSON values, as `pnpm export` writes them). A model of another project without them gets ImageNet's mean and deviation, the
 * side of its input and the usual resize.
 *
 * @param overrides what is set instead
 * @param head of an export that would fit, for messages
 * @throws UserError for a model whose input is not one batch of square colour images, or with unusable metadata
 */
export function readPreprocessing(
  { inputs, metadata }: ModelInterface,
  path: string,
  overrides: PreprocessingOverrides = {},
  head = 'features',
): Preprocessing {
  const [input] = inputs;
  const expected = 'one input: float32 [batch, 3, side, side] or uint8 [batch, side, side, 3]';
  const layout = ENCODINGS.find(
    ({ type, colours }) => input?.type === type && input.shape.length === 4 && input.shape[colours] === 3,
  );
  if (inputs.length !== 1 || !input || !layout) {
    throw new UserError(
      `readPreprocessing: ${path} must have ${expected}, got ${inputs.map(describe).join('; ') || 'none'}. ` +
        `Export the model with --head ${head}.`,
    );
  }
  const [height, width] = layout.sides.map((axis) => input.shape[axis]);
  const ownSize = metadataNumber(metadata, 'image_size', path);
  const imageSize = typeof height === 'number' ? height : (overrides.crop ?? ownSize);
  if (imageSize === undefined || (width !== imageSize && typeof width === 'number')) {
    throw new UserError(
      `readPreprocessing: ${path} must have ${expected}, got ${describe(input)}. Give it a fixed, square image size, or name one with --crop.`,
    );
  }
  if (overrides.crop !== undefined && overrides.crop !== imageSize) {
    throw new UserError(
      `--crop: must be ${imageSize}, the side of the images that ${path} takes, got ${overrides.crop}.`,
    );
  }
  const usualResize = imageSize <= 64 ? imageSize : Math.floor((imageSize * 256) / 224);
  // The metadata's resize belongs to the metadata's size.
  const ownResize =
    ownSize === undefined || ownSize === imageSize ? metadataNumber(metadata, 'resize', path) : undefined;
  const { cropRatio } = overrides;
  const ratioResize = cropRatio === undefined ? undefined : Math.floor(imageSize / cropRatio);
  return {
    input: input.name,
    encoding: layout.encoding,
    imageSize,
    resize: overrides.resize ?? ratioResize ?? ownResize ?? usualResize,
    interpolation: overrides.interpolation ?? metadataInterpolation(metadata, path),
    mean: overrides.mean ?? metadataRgb(metadata, 'mean', path) ?? IMAGENET_MEAN,
    std: overrides.std ?? metadataRgb(metadata, 'std', path) ?? IMAGENET_STD,
  };
}

function metadataInterpolation({ interpolation = 'bicubic' }: ModelInterface['metadata'], path: string): Interpolation {
  const known = INTERPOLATIONS.find((name) => name === interpolation);
  if (known) return known;
  throw new UserError(
    `readPreprocessing: interpolation of ${path} must be ${INTERPOLATIONS.join(' or ')}, got "${interpolation}". Choose one with --interpolation.`,
  );
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
