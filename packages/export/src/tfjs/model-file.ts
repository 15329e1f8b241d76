import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { UserError } from '@mfm/cli';
import { z } from 'zod';
import {
  checkUniqueNames,
  storedBytes,
  type WeightGroup,
  type WeightSpec,
  weightGroupSchema,
} from './weight-manifest.ts';

export type TfjsFormat = 'layers-model' | 'graph-model';

/** A saved TensorFlow.js model as it lies on disk, checked but not yet interpreted. */
export interface ModelFile {
  readonly path: string;
  readonly format: TfjsFormat;
  readonly topology: Record<string, unknown>;
  readonly specs: readonly WeightSpec[];
  /** The bytes of all weights in the order of `specs`. */
  readonly weightData: ArrayBuffer;
  readonly signature?: unknown;
  readonly userDefinedMetadata?: Record<string, unknown>;
  readonly generatedBy?: string;
  readonly convertedBy?: string;
  /** SHA-256 of model.json followed by its shards in the manifest's order, hexadecimal. */
  readonly sha256: string;
}

/** A topology above this is no model that a browser could have read. */
const LARGEST_JSON = 256 * 2 ** 20;

const modelSchema = z.object({
  modelTopology: z.record(z.string(), z.unknown()),
  format: z.string().nullish(),
  generatedBy: z.string().nullish(),
  convertedBy: z.string().nullish(),
  signature: z.record(z.string(), z.unknown()).nullish(),
  userDefinedMetadata: z.record(z.string(), z.unknown()).nullish(),
  weightsManifest: z.array(weightGroupSchema).nullish(),
});

/** `file: no such file …` for what cannot be read. */
function unreadable(path: string, error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  const why =
    code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'is a folder, not a file' : `cannot be read (${code})`;
  throw new UserError(`${path}: ${why}.`);
}

async function readJson(path: string): Promise<{ bytes: Uint8Array; json: unknown }> {
  const size = await stat(path).then(
    (found) => (found.isFile() ? found.size : 0),
    (error) => unreadable(path, error),
  );
  if (size > LARGEST_JSON) throw new UserError(`${path}: must be a model.json of at most 256 MB, got ${size} bytes.`);
  const bytes = await readFile(path).catch((error) => unreadable(path, error));
  try {
    return { bytes, json: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    throw new UserError(`${path}: must be the model.json of a saved TensorFlow.js model, got a file that is not JSON.`);
  }
}

function formatOf(topology: Record<string, unknown>, format: string | null | undefined, path: string): TfjsFormat {
  if (format === 'layers-model' || format === 'graph-model') return format;
  if (format != null) {
    throw new UserError(`${path}: format must be "layers-model" or "graph-model", got ${JSON.stringify(format)}.`);
  }
  // Files of before 2019 do not say.
  return 'node' in topology ? 'graph-model' : 'layers-model';
}

/** Where a shard lies; it must not leave the model's folder, not by a link either. */
async function shardPath(folder: string, path: string, modelPath: string): Promise<string> {
  const isInside = (from: string, to: string) => {
    const way = relative(from, to);
    return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  };
  const joined = join(folder, path);
  const refuse = (): never => {
    throw new UserError(
      `${modelPath}: weights must lie in the model's own folder, got the path ${JSON.stringify(path)}.`,
    );
  };
  if (path.includes('\0') || isAbsolute(path) || !isInside(folder, joined)) refuse();
  const real = await realpath(joined).catch((error) => unreadable(joined, error));
  if (!isInside(await realpath(folder), real)) refuse();
  return real;
}

/** Reads a group's shards into place; nothing is read before all sizes fit. */
async function readGroup({ paths, weights }: WeightGroup, folder: string, modelPath: string): Promise<Uint8Array[]> {
  const expected = weights.reduce((sum, spec) => sum + storedBytes(spec), 0);
  const files = await Promise.all(paths.map((path) => shardPath(folder, path, modelPath)));
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const actual = sizes.reduce((sum, size) => sum + size, 0);
  if (actual !== expected) {
    throw new UserError(
      `${modelPath}: ${paths.join(' + ') || 'a group without files'} must hold the ${expected} bytes that the manifest's shapes and types ` +
        `add up to, got ${actual}. The file is damaged or belongs to another model.`,
    );
  }
  return Promise.all(files.map((file) => readFile(file).catch((error) => unreadable(file, error))));
}

/**
 * Reads a saved TensorFlow.js model: `model.json` and the weight files beside it. No network; paths stay in the model's folder; the files'
 * sizes must be what the manifest's shapes and types add up to, so nothing large is ever allocated for a file that does not hold it.
 *
 * @param path of `model.json`
 * @throws UserError for anything that is missing, damaged or not such a model
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const { bytes, json } = await readJson(path);
  const parsed = modelSchema.safeParse(json);
  if (!parsed.success) {
    const { path: at, message } = parsed.error.issues[0]!;
    throw new UserError(
      `${path}: must be the model.json of a saved TensorFlow.js model; ${at.join('.') || 'the document'}: ${message}.`,
    );
  }
  const { modelTopology, format, generatedBy, convertedBy, signature, userDefinedMetadata } = parsed.data;
  const groups = parsed.data.weightsManifest ?? [];
  const specs = groups.flatMap(({ weights }) => weights);
  checkUniqueNames(specs, basename(path));
  const shards: Uint8Array[] = [];
  for (const group of groups) shards.push(...(await readGroup(group, dirname(path), path)));
  const weightData = new Uint8Array(shards.reduce((sum, shard) => sum + shard.length, 0));
  const hash = createHash('sha256').update(bytes);
  let offset = 0;
  for (const shard of shards) {
    hash.update(shard);
    weightData.set(shard, offset);
    offset += shard.length;
  }
  return {
    path,
    format: formatOf(modelTopology, format, path),
    topology: modelTopology,
    specs,
    weightData: weightData.buffer,
    ...(signature && { signature }),
    ...(userDefinedMetadata && { userDefinedMetadata }),
    ...(generatedBy && { generatedBy }),
    ...(convertedBy && { convertedBy }),
    sha256: hash.digest('hex'),
  };
}
