import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { UserError } from '@mfm/cli';
import type { Graph } from '../graph/value.ts';
import { type EncodedModel, type EncodeOptions, encodeModelChunks } from './encode.ts';
import { byteLength } from './wire.ts';

export interface WriteOptions extends Omit<EncodeOptions, 'externalDataName'> {
  /** Whether large tensors go into a file of their own; default: where the model would have more than 1.9 GB. */
  readonly externalData?: boolean | undefined;
}

/** A file that was written. */
export interface WrittenFile {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of its content, hexadecimal. */
  readonly sha256: string;
}

/** Protobuf ends at 2 GiB; some room for what a runtime adds when it optimises the model. */
const LARGEST_SINGLE_FILE = 1.9e9;

/** The name of the file beside a model, as optimum and transformers.js have it: `model.onnx` and `model.onnx_data`. */
export const externalDataPath = (modelPath: string): string => `${modelPath}_data`;

/** Well below the 2 GiB that one write call can take. */
const WRITE_BYTES = 2 ** 26;

async function writeChunks(path: string, chunks: readonly Uint8Array[]): Promise<WrittenFile> {
  const hash = createHash('sha256');
  const file = await open(path, 'w');
  try {
    for (const chunk of chunks) {
      for (let begin = 0; begin < chunk.length; begin += WRITE_BYTES) {
        const part = chunk.subarray(begin, begin + WRITE_BYTES);
        hash.update(part);
        await file.writeFile(part);
      }
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { path, bytes: byteLength(chunks), sha256: hash.digest('hex') };
}

function encodeFor(path: string, graph: Graph, { externalData, ...options }: WriteOptions): EncodedModel {
  const externalDataName = basename(externalDataPath(path));
  if (externalData) return encodeModelChunks(graph, { ...options, externalDataName });
  const whole = encodeModelChunks(graph, options);
  if (byteLength(whole.model) <= LARGEST_SINGLE_FILE) return whole;
  if (externalData === undefined) return encodeModelChunks(graph, { ...options, externalDataName });
  throw new UserError(
    `writeModel: a model in one file must have at most 1.9 GB, got ${byteLength(whole.model)} bytes. Let it have external data.`,
  );
}

/**
 * Writes a graph as an ONNX file, and where it is large or asked for a second one beside it for the tensors' data. The constants are
 * written from where they lie. Not atomic: write to a folder of its own and move the files (`stageFiles` of @mfm/cli).
 *
 * @param path of the model; the data go to {@link externalDataPath}
 * @returns the files, the model first
 * @throws UserError for an operator set that is not supported
 */
export async function writeModel(path: string, graph: Graph, options: WriteOptions = {}): Promise<WrittenFile[]> {
  const { model, externalData } = encodeFor(path, graph, options);
  const data = externalData.length > 0 ? [await writeChunks(externalDataPath(path), externalData)] : [];
  return [await writeChunks(path, model), ...data];
}
