import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { didYouMean, UserError } from '@mfm/cli';
import { normalizePixels } from '@mfm/data';
import { type HostTensor, openSession, type ValueInfo } from '@mfm/onnx';
import type { Planes, WindowModel } from '@mfm/segmentation';
import { type Preprocessing, type PreprocessingOverrides, readPreprocessing } from '../model/preprocessing.ts';

export interface SegmenterOptions {
  /** `cpu`, `webgpu`, `cuda`, `cuda:1` … Default `cpu`. */
  readonly device?: string;
  readonly threads?: number;
  /** Output with the logits; default `logits`, or the only one that can be it. */
  readonly output?: string | undefined;
  /** Classes of the data, which the model must have. */
  readonly classCount: number;
  /** `crop`, `mean`, `std` in place of the model's. */
  readonly preprocessing?: PreprocessingOverrides;
}

/** An ONNX model opened as a segmenter. */
export interface OnnxSegmenter extends WindowModel {
  readonly path: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly hash: string;
  /** Name of the output that is read. */
  readonly output: string;
  readonly preprocessing: Preprocessing;
  readonly metadata: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Side of the windows of a model that takes any size and does not say. */
const USUAL_CROP = 512;
/** Pixels of windows per run: small ones need several to fill the cores, large ones would fill memory with logits. */
const RUN_PIXELS = 8 * 128 * 128;

const describe = ({ name, type, shape }: ValueInfo) => `${name} ${type} [${shape.join(', ')}]`;

const isLogits = ({ type, shape }: ValueInfo) => type === 'float32' && shape.length === 4;

/** @throws UserError when there is no such output, or none or several could be meant */
function chooseOutput(outputs: readonly ValueInfo[], path: string, wanted: string | undefined): ValueInfo {
  const fitting = outputs.filter(isLogits);
  const named = outputs.find(({ name }) => name === wanted);
  if (wanted !== undefined && !named) {
    const names = outputs.map(({ name }) => name);
    throw new UserError(`--output: ${path} must have the output "${wanted}"${didYouMean(wanted, names)}`);
  }
  const chosen =
    named ?? fitting.find(({ name }) => name === 'logits') ?? (fitting.length === 1 ? fitting[0] : undefined);
  if (chosen && isLogits(chosen)) return chosen;
  throw new UserError(
    `eval segmentation: ${path} must have an output of logits, float32 [batch, classes, height, width], ` +
      `got ${outputs.map(describe).join('; ')}. ` +
      (fitting.length > 1 ? 'Name one with --output.' : 'Export the model with --head segmentation.'),
  );
}

/** @throws UserError when the model has other classes than the data */
function requireClasses(actual: number, { classCount }: SegmenterOptions, path: string, output: string): void {
  if (actual === classCount) return;
  throw new UserError(
    `eval segmentation: output "${output}" of ${path} must have ${classCount} classes, those of the data, got ${actual}. ` +
      'Use the data that it was trained for.',
  );
}

/** A batch as the model takes it; a fixed batch gets zeros behind the last window. */
function feedOf(
  pixels: Uint8Array,
  [count, height, width]: readonly [number, number, number],
  batch: number,
  preprocessing: Preprocessing,
): HostTensor {
  if (preprocessing.encoding === 'pixels') {
    const data = new Uint8Array(batch * height * width * 3);
    data.set(pixels);
    return { type: 'uint8', dims: [batch, height, width, 3], data };
  }
  const data = new Float32Array(batch * 3 * height * width);
  normalizePixels(pixels, [count, height, width], preprocessing, data);
  return { type: 'float32', dims: [batch, 3, height, width], data };
}

/**
 * Opens a segmenter: any model with one input of images, float32 [batch, 3, side, side] or uint8 [batch, side, side, 3], the sides fixed or open, and an
 * output of logits [batch, classes, height, width], the size of the images or smaller.
 *
 * @throws UserError for a missing or broken file, an unknown device, an input, output or number of classes that does not fit
 */
export async function openOnnxSegmenter(path: string, options: SegmenterOptions): Promise<OnnxSegmenter> {
  const { device, threads, preprocessing: overrides = {} } = options;
  const session = await openSession(path, { ...(device !== undefined && { device }), ...(threads && { threads }) });
  try {
    const isOpen = session.inputs[0]?.shape.slice(1).some((length) => typeof length === 'string') ?? false;
    const crop = isOpen && session.metadata.image_size === undefined ? { crop: USUAL_CROP } : {};
    const preprocessing = readPreprocessing(session, path, { ...crop, ...overrides }, 'segmentation');
    const output = chooseOutput(session.outputs, path, options.output);
    const declared = output.shape[1];
    if (typeof declared === 'number') requireClasses(declared, options, path, output.name);
    const { input, imageSize, mean } = preprocessing;
    const [batchLength] = session.inputs[0]!.shape;
    const fixedBatch = typeof batchLength === 'number' ? batchLength : undefined;
    const byte = (value: number) => Math.round(255 * value);
    return {
      ...{ path, output: output.name, preprocessing, metadata: session.metadata, classCount: options.classCount },
      hash: createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
      side: isOpen ? undefined : imageSize,
      batchSize: fixedBatch ?? Math.max(1, Math.floor(RUN_PIXELS / imageSize ** 2)),
      fill: [byte(mean[0]), byte(mean[1]), byte(mean[2])],
      async run(pixels, count, height, width) {
        const feed = feedOf(pixels, [count, height, width], fixedBatch ?? count, preprocessing);
        const { dims, data } = (await session.run({ [input]: feed }, [output.name]))[output.name]!;
        const [, classCount, rows, columns] = dims as [number, number, number, number];
        requireClasses(classCount, options, path, output.name);
        const size = classCount * rows * columns;
        return Array.from(
          { length: count },
          (_, n): Planes => ({
            values: (data as Float32Array).subarray(n * size, (n + 1) * size),
            ...{ classCount, height: rows, width: columns },
          }),
        );
      },
      close: () => session.close(),
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}
