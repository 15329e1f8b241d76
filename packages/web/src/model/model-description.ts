/** What the page needs to know of a model: from its metadata, else from the shapes of its inputs. */
export interface ModelDescription {
  /** Side of the square images in pixels. */
  readonly imageSize: number;
  /** Side to which the shorter side of a picture is brought before the central crop. */
  readonly resize: number;
  /** Per channel, of images in [0, 1]. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** The radius it was trained with, in bins; an eighth of the side where the file does not say. */
  readonly maskRadius: number;
  /** Outer radius of the mask's band; absent where it has no end. */
  readonly maskOuterRadius?: number;
  /** Probability of the low-pass mask in training. */
  readonly lowShare: number;
  /** "ViT, 96 wide, 4 deep, 64 px", as far as the file says. */
  readonly architecture: string;
  /** "trained for 500 steps" or "untrained". */
  readonly training: string;
}

interface EncoderText {
  readonly type?: string;
  readonly embedDim?: number;
  readonly depth?: number;
  readonly patchSize?: number;
  readonly layers?: readonly number[];
}

interface MaskTask {
  readonly maskRadius1?: number;
  readonly maskRadius2?: number;
  readonly sampleRatio?: number;
}

const NAMES: Readonly<Record<string, string>> = { vit: 'ViT', resnet: 'ResNet', swin: 'Swin' };

/** ImageNet's statistics, which models of other exporters are nearly always made for. */
const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

function parse<T>(metadata: Readonly<Record<string, string>>, key: string): T | undefined {
  try {
    return metadata[key] === undefined ? undefined : (JSON.parse(metadata[key]) as T);
  } catch {
    throw new Error(`describeModel: metadata "${key}" must be JSON, got ${metadata[key]}. Export the model again.`);
  }
}

function describeArchitecture({ type, embedDim, depth, patchSize, layers }: EncoderText, imageSize: number): string {
  const parts = [
    NAMES[type ?? ''] ?? 'model',
    ...(embedDim === undefined ? [] : [`${embedDim} wide`]),
    ...(typeof depth === 'number' ? [`${depth} deep`] : []),
    ...(layers ? [`layers ${layers.join('-')}`] : []),
    ...(patchSize === undefined ? [] : [`patches of ${patchSize} px`]),
    `pictures of ${imageSize} px`,
  ];
  return parts.join(', ');
}

function describeTraining(metadata: Readonly<Record<string, string>>): string {
  if (metadata.source === 'random') return 'untrained: its weights are random';
  if (metadata.source === undefined) return 'of unknown training';
  const steps =
    metadata.source_step === undefined ? '' : ` for ${Number(metadata.source_step).toLocaleString('en')} steps`;
  return `trained${steps}`;
}

/** An outer radius beyond the spectrum's corner, like the official 999, is none. */
function describeMasks(
  { maskRadius1, maskRadius2 = Number.POSITIVE_INFINITY, sampleRatio = 0.5 }: MaskTask,
  size: number,
) {
  return {
    maskRadius: maskRadius1 ?? size / 8,
    lowShare: sampleRatio,
    ...(maskRadius2 < size && { maskOuterRadius: maskRadius2 }),
  };
}

/**
 * Describes a model of `pnpm export` by its `metadata_props`.
 *
 * @param shape of its image input, `[batch, 3, H, W]`; names stand for open axes
 * @throws Error when images are not square or the size is open
 */
export function describeModel(
  metadata: Readonly<Record<string, string>>,
  shape: readonly (number | string)[],
): ModelDescription {
  const [height, width] = [shape.at(-2), shape.at(-1)];
  if (typeof height !== 'number' || height !== width || shape.length !== 4) {
    throw new Error(`describeModel: images must be [batch, 3, H, W] with H = W fixed, got [${shape.join(', ')}].`);
  }
  const config = parse<{ encoder?: EncoderText; task?: MaskTask }>(metadata, 'config') ?? {};
  return {
    imageSize: height,
    resize: parse<number>(metadata, 'resize') ?? height,
    mean: parse<number[]>(metadata, 'mean') ?? IMAGENET.mean,
    std: parse<number[]>(metadata, 'std') ?? IMAGENET.std,
    ...describeMasks(config.task ?? {}, height),
    architecture: describeArchitecture(config.encoder ?? {}, height),
    training: describeTraining(metadata),
  };
}
