import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@mfm/cli';

const FOLDER = 'checkpoints';
const EXTENSION = '.safetensors';

async function listCheckpoints(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith(EXTENSION) && !name.startsWith('.'));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/**
 * The checkpoint file that a path stands for: a file itself, the newest checkpoint of a run directory (`<run>/checkpoints`), or of a
 * folder of checkpoints. Newest is the last by name, as `epoch_0004.safetensors` and `epoch_0004_step_00001234.safetensors` sort.
 *
 * @throws UserError when there is none
 */
export async function resolveCheckpoint(path: string): Promise<string> {
  const status = await stat(path).catch(() => undefined);
  if (status === undefined) {
    throw new UserError(
      `resolveCheckpoint: ${path}: no such file or folder. Give a run directory or a checkpoint file.`,
    );
  }
  if (!status.isDirectory()) return path;
  for (const folder of [join(path, FOLDER), path]) {
    // Without the extension: '.' sorts after nothing but before '_'.
    const stems = (await listCheckpoints(folder)).map((name) => name.slice(0, -EXTENSION.length)).sort();
    const newest = stems.at(-1);
    if (newest !== undefined) return join(folder, `${newest}${EXTENSION}`);
  }
  throw new UserError(
    `resolveCheckpoint: ${path}: must be a run directory with a checkpoint, and holds none. Has the run finished an epoch?`,
  );
}
