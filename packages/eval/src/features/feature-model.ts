import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { didYouMean, UserError } from '@mfm/cli';
import { type OnnxSession, openSession, type ValueInfo } from '@mfm/onnx';
import { normalizePixels, type Preprocessing, readPreprocessing } from './preprocessing.ts';

export interface ModelOptions {
  /** `cpu`, `webgpu`, `cuda`, `cuda:1` … Default `cpu`. */
  readonly device?: string;
  readonly threads?: number;
}

/** An ONNX model opened to map image batches to one vector per image. */
export interface VectorModel {
  readonly path: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly hash: string;
  readonly preprocessing: Preprocessing;
  readonly metadata: Readonly<Record<string, string>>;
  /** Name of the output that is read. */
  readonly output: string;
  /** Length of the vector. */
  readonly dim: number;
  /** uint8 `[N, side, side, 3]` → float32 `[N, dim]`. */
  run(pixels: Uint8Array): Promise<Float32Array>;
  close(): Promise<void>;
}

const describe = ({ name, shape }: ValueInfo) => `${name} [${shape.join(', ')}]`;

/** The output a command needs, or an error that lists what there is. */
function chooseOutput(session: OnnxSession, path: string, wanted: readonly string[], advice: string): ValueInfo {
  for (const name of wanted) {
    const output = session.outputs.find((candidate) => candidate.name === name);
    if (!output) continue;
    if (output.type !== 'float32' || output.shape.length !== 2 || typeof output.shape[1] !== 'number') {
      throw new UserError(
        `openVectorModel: output "${name}" of ${path} must be float32 [batch, length], got ${output.type} ${describe(output)}. ${advice}`,
      );
    }
    return output;
  }
  const names = session.outputs.map(({ name }) => name);
  throw new UserError(
    `openVectorModel: ${path} must have the output ${wanted.map((name) => `"${name}"`).join(' or ')}, ` +
      `got ${session.outputs.map(describe).join(', ')}${didYouMean(wanted[0]!, names)} ${advice}`,
  );
}

/**
 * Opens a model and checks that it maps images to vectors.
 *
 * @param wanted names of acceptable outputs, the first that the model has is used
 * @param advice last sentence of the error for a model without any of them
 * @throws UserError for a missing or broken file, an unknown device, an input or output that does not fit
 */
export async function openVectorModel(
  path: string,
  wanted: readonly string[],
  advice: string,
  options: ModelOptions = {},
): Promise<VectorModel> {
  const session = await openSession(path, options);
  try {
    const preprocessing = readPreprocessing(session, path);
    const { name, shape } = chooseOutput(session, path, wanted, advice);
    const dim = shape[1] as number;
    const { input, imageSize } = preprocessing;
    const imageBytes = 3 * imageSize * imageSize;
    const [batchLength] = session.inputs[0]!.shape;
    const fixedBatch = typeof batchLength === 'number' ? batchLength : undefined;
    return {
      path,
      hash: createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
      preprocessing,
      metadata: session.metadata,
      output: name,
      dim,
      async run(pixels) {
        const count = pixels.length / imageBytes;
        const batch = fixedBatch ?? count;
        const vectors = new Float32Array(Math.ceil(count / batch) * batch * dim);
        for (let start = 0; start < count; start += batch) {
          const part = pixels.subarray(start * imageBytes, (start + batch) * imageBytes);
          // A model with a fixed batch gets the last images with zeros behind them.
          const data = new Float32Array(batch * imageBytes);
          normalizePixels(part, [part.length / imageBytes, imageSize, imageSize], preprocessing, data);
          const feed = { type: 'float32' as const, dims: [batch, 3, imageSize, imageSize], data };
          const result = await session.run({ [input]: feed }, [name]);
          vectors.set(result[name]!.data as Float32Array, start * dim);
        }
        return vectors.subarray(0, count * dim);
      },
      close: () => session.close(),
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Opens a model for its features: the output `feature`. */
export function openFeatureModel(path: string, feature: string, options: ModelOptions = {}): Promise<VectorModel> {
  return openVectorModel(
    path,
    [feature],
    'Choose one with --feature, or export the model with --head features.',
    options,
  );
}
