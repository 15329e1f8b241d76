import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const FOLDER = 'checkpoints';
const EXTENSION = '.safetensors';

/** A run's checkpoints, oldest first by name. */
export interface CheckpointStore {
  /** Where the checkpoint of this position is written. */
  path(position: { epoch: number; batch: number }, step: number): string;
  /** Where the best checkpoint is kept; it is not rotated. */
  readonly best: string;
  /** Paths of all checkpoints, newest first. */
  list(): Promise<string[]>;
  /** Deletes all but the newest `keep`, and what killed processes left half-written. */
  rotate(keep: number): Promise<void>;
}

const pad = (value: number, digits: number) => String(value).padStart(digits, '0');

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * The checkpoints of a run directory: `epoch_0004` after four whole epochs, `epoch_0004_step_00001234` within the fifth. The order of
 * names is the order of time.
 */
export function openCheckpointStore(runFolder: string): CheckpointStore {
  const folder = join(runFolder, FOLDER);
  const list = async () => {
    const names = (await listFolder(folder)).filter((name) => name.startsWith('epoch_') && name.endsWith(EXTENSION));
    // Without the extension: '.' sorts differently from '_'.
    const stems = names.map((name) => name.slice(0, -EXTENSION.length)).sort();
    return stems.reverse().map((stem) => join(folder, `${stem}${EXTENSION}`));
  };
  return {
    path({ epoch, batch }, step) {
      const within = batch === 0 ? '' : `_step_${pad(step, 8)}`;
      return join(folder, `epoch_${pad(epoch, 4)}${within}${EXTENSION}`);
    },
    best: join(folder, `best${EXTENSION}`),
    list,
    async rotate(keep) {
      const unfinished = (await listFolder(folder)).filter((name) => name.startsWith('.') && name.endsWith('.tmp'));
      const old = (await list()).slice(keep);
      for (const path of [...old, ...unfinished.map((name) => join(folder, name))]) await rm(path, { force: true });
    },
  };
}
