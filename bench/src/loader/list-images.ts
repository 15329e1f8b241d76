import { readdir } from 'node:fs/promises';
import { relative } from 'node:path';

/** Files of a folder and of those below it, as paths below the folder, in a fixed order. */
export async function listImages(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, `${parentPath}/${name}`))
    .sort();
}
