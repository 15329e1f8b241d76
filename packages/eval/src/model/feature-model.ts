import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type HostTensor, openSession, openSessionOnThread, type ValueInfo } from '@mfm/onnx';
import { imageFeed, pixelFeed } from './feeds.ts';
import { type Preprocessing, type PreprocessingOverrides, readPreprocessing } from './preprocessing.ts';
import { chooseParts, joinParts, type VectorPart } from './vector-part.ts';

export interface ModelOptions {
  /** `cpu`, `webgpu`, `cuda`, `cuda:1` … Default `cpu`. */
  readonly device?: string;
  readonly threads?: number;
  /** Runs the model on a thread of its own, so that this one goes on meanwhile. */
  readonly onThread?: boolean;
  readonly preprocessing?: PreprocessingOverrides;
}

/** An ONNX model opened to map image batches to one vector per image. */
export interface VectorModel {
  readonly path: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly hash: string;
  readonly preprocessing: Preprocessing;
  readonly metadata: Readonly<Record<string, string>>;
  /** Name of the output that is read, or of several, separated by commas. */
  readonly output: string;
  /** What the vector is put together from. */
  readonly parts: readonly VectorPart[];
  /** Length of the vector. */
  readonly dim: number;
  /** uint8 `[N, side, side, 3]` → float32 `[N, dim]`. */
  run(pixels: Uint8Array): Promise<Float32Array>;
  /** The same of float32 `[N, 3, side, side]` in [0, 1]; a model that takes bytes gets them rounded. */
  runImages(images: Float32Array): Promise<Float32Array>;
  /** The same, part by part: float32 `[N, part's dim]` each. */
  runParts(pixels: Uint8Array): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/**
 * Opens a model and checks that it maps images to vectors.
 *
 * @param wanted acceptable outputs, or what chooses them of all outputs; the first that the model has is used; each may be a list (`cls_token,mean_pooled`), side by side, and name
 *   maps and tokens as {@link chooseParts} reads them
 * @param advice last sentence of the error for a model without any of them
 * @throws UserError for a missing or broken file, an unknown device, an input or output that does not fit
 */
export async function openVectorModel(
  path: string,
  wanted: readonly string[] | ((outputs: readonly ValueInfo[]) => readonly string[]),
  advice: string,
  { onThread = false, preprocessing: overrides = {}, ...options }: ModelOptions = {},
): Promise<VectorModel> {
  // On a thread the cores are shared with what makes the next batch: waiting threads must not poll.
  const session = onThread
    ? await openSessionOnThread(path, { ...options, spin: false })
    : await openSession(path, options);
  try {
    const preprocessing = readPreprocessing(session, path, overrides);
    const names = typeof wanted === 'function' ? wanted(session.outputs) : wanted;
    const parts = chooseParts(session.outputs, path, names, advice);
    const outputs = [...new Set(parts.map(({ output }) => output))];
    const { input, imageSize } = preprocessing;
    const imageValues = 3 * imageSize * imageSize;
    const [batchLength] = session.inputs[0]!.shape;
    const fixedBatch = typeof batchLength === 'number' ? batchLength : undefined;
    async function runBatches<T extends Uint8Array | Float32Array>(
      values: T,
      feedOf: (part: T, batch: number, preprocessing: Preprocessing) => HostTensor,
    ): Promise<Float32Array[]> {
      const count = values.length / imageValues;
      const batch = fixedBatch ?? count;
      const vectors = parts.map(({ dim }) => new Float32Array(Math.ceil(count / batch) * batch * dim));
      for (let start = 0; start < count; start += batch) {
        const part = values.subarray(start * imageValues, (start + batch) * imageValues) as T;
        const result = await session.run({ [input]: feedOf(part, batch, preprocessing) }, outputs);
        for (const [i, { output, dim, read }] of parts.entries()) vectors[i]!.set(read(result[output]!), start * dim);
      }
      return vectors.map((own, i) => own.subarray(0, count * parts[i]!.dim));
    }
    return {
      path,
      hash: createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
      preprocessing,
      metadata: session.metadata,
      output: parts.map(({ name }) => name).join(','),
      parts,
      dim: parts.reduce((sum, { dim }) => sum + dim, 0),
      run: async (pixels) => joinParts(parts, await runBatches(pixels, pixelFeed)),
      runImages: async (images) => joinParts(parts, await runBatches(images, imageFeed)),
      runParts: (pixels) => runBatches(pixels, pixelFeed),
      close: () => session.close(),
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Opens a model for its features: the output `feature`, or a list of outputs. */
export function openFeatureModel(path: string, feature: string, options: ModelOptions = {}): Promise<VectorModel> {
  return openVectorModel(
    path,
    [feature],
    'Choose one with --feature, or export the model with --head features.',
    options,
  );
}
