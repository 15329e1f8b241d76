import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '@mfm/cli';
import { readSafetensorsHeader } from '@mfm/models';
import type { FeatureSink } from './feature-sink.ts';
import type { FeatureTable } from './feature-table.ts';

/** Bytes before the data: how many rows there will be is known at the end, and the header must not move then. */
const HEADER_BYTES = 4096;
/** One system call takes less than 2 GiB. */
const PIECE_BYTES = 2 ** 30;

const bytesOf = (array: Float32Array | Int32Array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

function readExactly(file: number, into: Uint8Array, position: number, path: string): void {
  for (let done = 0; done < into.length; ) {
    const count = readSync(file, into, done, Math.min(PIECE_BYTES, into.length - done), position + done);
    if (count === 0) throw new Error(`readRows: ${path} ended while it was read.`);
    done += count;
  }
}

function writeExactly(file: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, Math.min(PIECE_BYTES, bytes.length - done), position + done);
  }
}

/** Rows of a file that is open; labels are in memory, features are read when they are asked for: the system's page cache keeps them. */
function fileTable(
  file: number,
  path: string,
  labels: Int32Array,
  dim: number,
  begin: number,
  close: () => void,
): FeatureTable {
  return {
    labels,
    count: labels.length,
    dim,
    readRows(start, rows, into = new Float32Array(rows * dim)) {
      const view = into.subarray(0, rows * dim);
      readExactly(file, bytesOf(view), begin + start * dim * 4, path);
      return view;
    },
    close,
  };
}

/** The header of `count` rows, filled up to a fixed length with the spaces that the format allows. */
function encodeHeader(count: number, dim: number, metadata: Readonly<Record<string, string>>): Uint8Array {
  const featureBytes = count * dim * 4;
  const at = (begin: number, length: number) => ({ data_offsets: [begin, begin + length] });
  const text = JSON.stringify({
    __metadata__: metadata,
    features: { dtype: 'F32', shape: [count, dim], ...at(0, featureBytes) },
    labels: { dtype: 'I32', shape: [count], ...at(featureBytes, count * 4) },
    indices: { dtype: 'I32', shape: [count], ...at(featureBytes + count * 4, count * 4) },
  });
  const bytes = Buffer.alloc(HEADER_BYTES, ' ');
  bytes.writeBigUInt64LE(BigInt(HEADER_BYTES - 8));
  if (8 + bytes.write(text, 8) < 8 + Buffer.byteLength(text)) {
    throw new Error(`encodeHeader: metadata must fit into ${HEADER_BYTES} bytes, got ${Buffer.byteLength(text)}.`);
  }
  return bytes;
}

function openTemporary(path: string, caller: string): { file: number; temporary: string } {
  const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.features.tmp`);
  try {
    mkdirSync(dirname(path), { recursive: true });
    return { file: openSync(temporary, 'wx+'), temporary };
  } catch (error) {
    throw new UserError(
      `${caller}: ${dirname(path)} must be a folder that can be written to, got ${(error as NodeJS.ErrnoException).code}. Choose another with --cache-dir.`,
    );
  }
}

/**
 * Streams features into a safetensors file: `features` float32 `[N, dim]`, `labels` and `indices` int32 `[N]`. Rows go to the disk as they
 * come; labels and indices, eight bytes an image, are kept until the end. The file appears under its name when it is whole.
 *
 * @param path where it shall be; undefined for a file that is gone when the table is closed (of `folder`)
 * @param metadata texts for the header
 * @throws UserError when the folder cannot be written to
 */
export function fileSink(
  path: { readonly keep: string } | { readonly folder: string },
  dim: number,
  metadata: Readonly<Record<string, string>>,
): FeatureSink {
  const target = 'keep' in path ? path.keep : join(path.folder, 'features');
  const { file, temporary } = openTemporary(target, 'extractFeatures');
  const labels: Int32Array[] = [];
  const indices: Int32Array[] = [];
  let position = HEADER_BYTES;
  const discard = () => {
    closeSync(file);
    rmSync(temporary, { force: true });
  };
  const joined = (parts: readonly Int32Array[]) => {
    const all = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let start = 0;
    for (const part of parts) {
      all.set(part, start);
      start += part.length;
    }
    return all;
  };
  return {
    append(features, own, numbers) {
      writeExactly(file, bytesOf(features), position);
      position += features.byteLength;
      labels.push(Int32Array.from(own));
      indices.push(Int32Array.from(numbers));
    },
    finish() {
      const all = joined(labels);
      if (!('keep' in path)) {
        // Gone from the folder at once where the system lets an open file go, so that nothing is left of a process that is killed.
        if (process.platform !== 'win32') rmSync(temporary);
        return fileTable(file, temporary, all, dim, HEADER_BYTES, discard);
      }
      writeExactly(file, bytesOf(all), position);
      writeExactly(file, bytesOf(joined(indices)), position + all.byteLength);
      writeExactly(file, encodeHeader(all.length, dim, metadata), 0);
      fsyncSync(file);
      renameSync(temporary, target);
      return fileTable(file, target, all, dim, HEADER_BYTES, () => closeSync(file));
    },
    discard,
  };
}

/** Opens what {@link fileSink} kept; undefined when there is none, or the file is damaged: it is then made anew. */
export async function openFeatureFile(path: string, dim: number): Promise<FeatureTable | undefined> {
  const header = await readSafetensorsHeader(path).catch(() => undefined);
  if (!header) return undefined;
  const [features, labels] = ['features', 'labels'].map((wanted) => header.entries.find(({ name }) => name === wanted));
  const count = features?.shape[0];
  if (!features || !labels || !count || features.shape[1] !== dim || labels.shape[0] !== count) return undefined;
  const file = openSync(path, 'r');
  const own = new Int32Array(count);
  readExactly(file, bytesOf(own), header.dataBegin + labels.begin, path);
  return fileTable(file, path, own, dim, header.dataBegin + features.begin, () => closeSync(file));
}
