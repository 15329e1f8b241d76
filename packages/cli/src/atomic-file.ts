import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a file so that a reader, or a process killed at any instant, sees the old content or the new, never a part:
 * temporary name in the same folder, fsync, rename. Makes the folder when it is missing.
 *
 * @param content text, bytes, or a list of byte chunks written one after the other
 * @param options `flush: false` leaves it to the system when the bytes reach the disk: for many small files; a power cut may then lose the last ones
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array | readonly Uint8Array[],
  { flush = true }: { readonly flush?: boolean } = {},
): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      for (const chunk of Array.isArray(content) ? content : [content]) await file.writeFile(chunk);
      if (flush) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
