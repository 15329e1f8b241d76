import { lstatSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { type ByteSource, withSource } from './byte-source.ts';
import type { FileTensor } from './file-messages.ts';
import { MalformedFile } from './wire-reader.ts';

/** TensorProto.DataLocation.EXTERNAL. */
const EXTERNAL = 1;

export const isExternal = (tensor: FileTensor): boolean => tensor.dataLocation === EXTERNAL;

/** Where a tensor's data lies outside the model's file. */
export interface ExternalData {
  /** As the file says it: relative to the model's folder. */
  readonly location: string;
  readonly offset: number;
  /** Undefined: to the end of the file. */
  readonly length: number | undefined;
}

function wholeNumber(text: string | undefined, key: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new MalformedFile(`${key} of its external data must be a whole number, got "${text.slice(0, 40)}"`);
  return value;
}

/**
 * What a tensor says of its external data. A location is a relative path below the model's folder: nothing else on the machine may be
 * read because a file asks for it.
 *
 * @throws MalformedFile for another location, or an offset or length that is no whole number
 */
export function externalData({ externalData: entries }: FileTensor): ExternalData {
  const found = new Map(entries.map(({ key, value }) => [key ?? '', value ?? '']));
  const location = found.get('location') ?? '';
  const parts = location.split(/[/\\]/);
  if (
    location === '' ||
    location.includes('\0') ||
    isAbsolute(location) ||
    /^[A-Za-z]:/.test(location) ||
    parts[0] === ''
  )
    throw new MalformedFile(`its external data must have a relative path, got "${location.slice(0, 80)}"`);
  if (parts.includes('..'))
    throw new MalformedFile(`its external data must be below the model's folder, got "${location.slice(0, 80)}"`);
  return {
    location,
    offset: wholeNumber(found.get('offset'), 'the offset') ?? 0,
    length: wholeNumber(found.get('length'), 'the length'),
  };
}

/** The size of the file that holds external data. @throws MalformedFile when it may not or cannot be read */
export function externalFileSize(modelPath: string, { location }: ExternalData): number {
  const folder = realpathSync(dirname(modelPath));
  const path = join(dirname(modelPath), location);
  try {
    const stat = lstatSync(path);
    if (!stat.isFile()) throw new MalformedFile(`its external data "${location}" must be a file, and no link`);
    if (!realpathSync(path).startsWith(folder.endsWith(sep) ? folder : folder + sep))
      throw new MalformedFile(`its external data "${location}" must be below the model's folder`);
    return stat.size;
  } catch (error) {
    if (error instanceof MalformedFile) throw error;
    throw new MalformedFile(
      `its external data "${location.slice(0, 80)}" must be a file beside the model, and is missing`,
    );
  }
}

/**
 * The bytes of a tensor's external data.
 *
 * @param bytes how many there must be
 * @throws MalformedFile when they are not there
 */
export function readExternalData(source: ByteSource, tensor: FileTensor, bytes: number): Uint8Array {
  const data = externalData(tensor);
  checkExternalLength(source, data, bytes);
  const path = join(dirname(source.path!), data.location);
  return withSource('readModel', path, (file) => file.read(data.offset, data.offset + bytes));
}

/** @throws MalformedFile unless the data are there and have this many bytes */
export function checkExternalLength(source: ByteSource, data: ExternalData, bytes: number): void {
  if (source.path === undefined)
    throw new MalformedFile(`its data are in the file "${data.location}": give the model's path instead of its bytes`);
  const size = externalFileSize(source.path, data);
  const length = data.length ?? size - data.offset;
  if (length !== bytes)
    throw new MalformedFile(`its external data must have ${bytes} bytes for its shape, got ${length}`);
  if (data.offset + length > size)
    throw new MalformedFile(
      `its external data must be in "${data.location}" from byte ${data.offset} to ${data.offset + length}, which ends at ${size}`,
    );
}
