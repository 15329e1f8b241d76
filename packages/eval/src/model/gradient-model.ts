import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UserError } from '@mfm/cli';
import { type HostTensors, type OnnxSession, openSession, type ValueInfo } from '@mfm/onnx';
import type { GradientClassifier, ImageShape, LossGradient } from '@mfm/robustness';
import type { ModelOptions } from './feature-model.ts';
import { type Preprocessing, readPreprocessing } from './preprocessing.ts';

/** A classifier with gradients, opened from a file that `pnpm export --head gradient` wrote, or one like it. */
export interface GradientModel extends GradientClassifier {
  readonly path: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly hash: string;
  readonly preprocessing: Preprocessing;
  readonly metadata: Readonly<Record<string, string>>;
  readonly batchSize: number;
  close(): Promise<void>;
}

export interface GradientModelOptions extends ModelOptions {
  /** Per channel, of images in [0, 1]; default: what the file's metadata says. */
  readonly statistics?: Pick<Preprocessing, 'mean' | 'std'> | undefined;
  /** Images at once; default: {@link usualBatch}, or what the file is fixed to. */
  readonly batchSize?: number | undefined;
}

/** Label of a place in a batch that no image fills: it is no class, and counts for nothing. */
const NO_CLASS = -1n;

/**
 * Images at once for which a backward pass's memory stays small and its products are still large: 16 at 224 px, and as many pixels of smaller
 * images, but not above 128.
 */
export const usualBatch = (imageSize: number): number =>
  Math.max(1, Math.min(128, Math.round(16 * (224 / imageSize) ** 2)));

const describe = ({ name, type, shape }: ValueInfo) => `${name} ${type} [${shape.join(', ')}]`;

const ADVICE = 'Write one with "pnpm export --head gradient --onnx <file>".';

/** Names and lengths of what is read and written. */
function readInterface(session: OnnxSession, path: string) {
  const { inputs, outputs } = session;
  const labels = inputs.find(({ type, shape }) => type === 'int64' && shape.length === 1);
  const images = inputs.filter((input) => input !== labels);
  const [logits, loss, gradient] = ['logits', 'loss', 'gradient'].map((name) =>
    outputs.find((output) => output.name === name && output.type === 'float32'),
  );
  const classes = logits?.shape[1];
  if (images[0]?.type === 'uint8') {
    throw new UserError(
      `openGradientModel: ${path} must take float32 images, got ${describe(images[0])}: bytes have no derivative. ${ADVICE}`,
    );
  }
  if (
    !labels ||
    images.length !== 1 ||
    !loss ||
    !gradient ||
    gradient.shape.length !== 4 ||
    typeof classes !== 'number'
  ) {
    throw new UserError(
      `openGradientModel: ${path} must have the inputs pixel_values float32 [batch, 3, H, W] and labels int64 [batch], and the outputs ` +
        `logits [batch, classes], loss [batch] and gradient [batch, 3, H, W], got ${inputs.map(describe).join('; ')} → ` +
        `${outputs.map(describe).join('; ')}. ${ADVICE}`,
    );
  }
  return { images: images[0]!, labels, classes };
}

/** (image − mean) / std of `[N, 3, plane]`, into `out`. */
function normaliseImages(
  images: Float32Array,
  plane: number,
  { mean, std }: Pick<Preprocessing, 'mean' | 'std'>,
  out: Float32Array,
) {
  for (let start = 0, channel = 0; start < images.length; start += plane, channel = (channel + 1) % 3) {
    const [offset, scale] = [mean[channel]!, 1 / std[channel]!];
    for (let i = start; i < start + plane; i++) out[i] = (images[i]! - offset) * scale;
  }
}

/** d/dimage = d/dnormalised · 1/std, in place. */
function chainThroughNormalisation(gradient: Float32Array, plane: number, { std }: Pick<Preprocessing, 'std'>) {
  for (let start = 0, channel = 0; start < gradient.length; start += plane, channel = (channel + 1) % 3) {
    const scale = 1 / std[channel]!;
    for (let i = start; i < start + plane; i++) gradient[i]! *= scale;
  }
}

/**
 * Opens a model of gradients for images in [0, 1]: normalises what it is given, and takes the gradient back through the normalisation. A file of
 * one batch size gets the last images with places behind them that count for nothing.
 *
 * Its `logits` cost as much as its gradients; {@link attackedClassifier} takes them from a classifier.
 *
 * @throws UserError for a file that is missing, broken or no such model, and an unknown device
 */
export async function openGradientModel(path: string, options: GradientModelOptions = {}): Promise<GradientModel> {
  const session = await openSession(path, options);
  try {
    const { images: input, labels: labelInput, classes } = readInterface(session, path);
    const preprocessing = readPreprocessing({ inputs: [input], metadata: session.metadata }, path);
    const { statistics = preprocessing } = options;
    const { imageSize: side } = preprocessing;
    const fixedBatch = typeof input.shape[0] === 'number' ? input.shape[0] : undefined;
    const batchSize = fixedBatch ?? options.batchSize ?? usualBatch(side);
    const [plane, length] = [side * side, 3 * side * side];

    /** Up to a batch of images. */
    async function runBatch(images: Float32Array, labels: Int32Array): Promise<HostTensors> {
      const places = fixedBatch ?? labels.length;
      // Of its own: several batches may be on their way, and the runtime reads a batch only when its turn comes.
      const normalised = new Float32Array(places * length);
      normaliseImages(images, plane, statistics, normalised);
      const classesOf = BigInt64Array.from({ length: places }, (_, i) =>
        i < labels.length ? BigInt(labels[i]!) : NO_CLASS,
      );
      return session.run({
        [input.name]: { type: 'float32', dims: [places, 3, side, side], data: normalised },
        [labelInput.name]: { type: 'int64', dims: [places], data: classesOf },
      });
    }

    async function gradient(images: Float32Array, shape: ImageShape, labels: Int32Array): Promise<LossGradient> {
      const [count, , height, width] = shape;
      if (height !== side || width !== side) {
        throw new Error(`gradient: images must be ${side} × ${side} pixels, got ${height} × ${width}.`);
      }
      const result = {
        logits: new Float32Array(count * classes),
        loss: new Float32Array(count),
        gradient: new Float32Array(count * length),
      };
      for (let from = 0; from < count; from += batchSize) {
        const to = Math.min(count, from + batchSize);
        const found = await runBatch(images.subarray(from * length, to * length), labels.subarray(from, to));
        const part = (name: keyof LossGradient, size: number) =>
          (found[name]!.data as Float32Array).subarray(0, (to - from) * size);
        result.logits.set(part('logits', classes), from * classes);
        result.loss.set(part('loss', 1), from);
        result.gradient.set(part('gradient', length), from * length);
      }
      chainThroughNormalisation(result.gradient, plane, statistics);
      return result;
    }

    return {
      path,
      hash: createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
      preprocessing: { ...preprocessing, ...statistics },
      metadata: session.metadata,
      classes,
      batchSize,
      logits: async (images, shape) => (await gradient(images, shape, new Int32Array(shape[0]))).logits,
      gradient,
      close: () => session.close(),
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}
