import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UserError } from '@mfm/cli';
import { extract, type Header } from 'tar-stream';
import { isImageName } from './image-folder.ts';

/** One labelled image inside a shard. */
export interface TarSample {
  member: string;
  label: number;
  /** First byte of the encoded image in the uncompressed tar, and its length. */
  offset: number;
  size: number;
  /** The encoded image itself, from a compressed shard: it cannot be read at random. */
  bytes: Uint8Array | undefined;
}

/** Longest text taken for a label; a longer member ending in .cls is not one. */
export const LABEL_BYTES = 32;

export const isCompressed = (path: string) => !path.toLowerCase().endsWith('.tar');

export async function readAll(entry: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of entry) chunks.push(chunk as Buffer);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

export function parseLabel(text: string, shard: string, member: string): number {
  const label = Number(text);
  if (text.trim() !== '' && Number.isInteger(label)) return label;
  throw new UserError(`openDataset: "${member}" in ${shard} must hold an integer label, got "${text.trim()}".`);
}

/** WebDataset's key: the path up to the first dot of its last part. */
export function splitMember(name: string): { key: string; extension: string } {
  const start = name.lastIndexOf('/') + 1;
  const dot = name.indexOf('.', start);
  return dot < 0 ? { key: name, extension: '' } : { key: name.slice(0, dot), extension: name.slice(dot + 1) };
}

/**
 * Lists a WebDataset shard's samples: members `<key>.cls` and `<key>.jpg|png|webp|…` belong together; others are passed over.
 * Reads the shard once from end to end; the images of a `.tar.gz` are kept, those of a `.tar` are only located.
 *
 * @throws UserError when the shard is truncated or damaged, or a sample lacks its label
 */
export async function indexTar(shard: string): Promise<TarSample[]> {
  const images = new Map<string, Omit<TarSample, 'label'>>();
  const labels = new Map<string, number>();
  const keep = isCompressed(shard);
  const members = extract();
  const source = createReadStream(shard, { highWaterMark: 1 << 20 });
  // Errors of any part end the iteration below, which reports them.
  if (keep) pipeline(source, createGunzip(), members, () => {});
  else pipeline(source, members, () => {});
  try {
    for await (const entry of members) {
      const { name, size = 0, byteOffset } = entry.header as Header & { byteOffset: number };
      const { key, extension } = splitMember(name);
      if (extension === 'cls' && size <= LABEL_BYTES) {
        labels.set(key, parseLabel((await readAll(entry)).toString('latin1'), shard, name));
      } else if (isImageName(`.${extension}`) || isImageName(name)) {
        const bytes = keep ? await readAll(entry) : undefined;
        if (!keep) entry.resume();
        images.set(key, { member: name, offset: byteOffset, size, bytes });
      } else entry.resume();
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = (error as Error).message;
    throw new UserError(
      `openDataset: "${shard}" must be a whole tar file, got a truncated or damaged one (${reason}). Fetch it again.`,
    );
  }
  return [...images].map(([key, image]) => {
    const label = labels.get(key);
    if (label !== undefined) return { ...image, label };
    throw new UserError(`openDataset: "${image.member}" in ${shard} must have a label "${key}.cls", got none.`);
  });
}
