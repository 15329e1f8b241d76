import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Makes files in a folder of their own beside where they shall be, and moves them there when all are complete: if anything fails before,
 * nothing of them is left and what was there stays. The file of `path` itself comes last, after what it may refer to.
 *
 * @param path where the main file shall be; its folder is made when it is missing
 * @param make writes files with their final names into the folder it is given, and may read them there
 * @returns what `make` returns
 */
export async function stageFiles<T>(path: string, make: (folder: string) => Promise<T>): Promise<T> {
  const target = dirname(path);
  await mkdir(target, { recursive: true });
  const folder = await mkdtemp(join(target, `.${basename(path)}.`));
  try {
    const result = await make(folder);
    const names = await readdir(folder);
    const others = names.filter((name) => name !== basename(path));
    for (const name of [...others, ...names.filter((own) => own === basename(path))])
      await rename(join(folder, name), join(target, name));
    return result;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
