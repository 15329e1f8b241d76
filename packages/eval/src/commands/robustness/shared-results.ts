import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@mfm/cli';
import { type Communicator, fromRoot } from '@mfm/mpi';
import { folderStore, memoryStore, type ResultStore } from '@mfm/robustness';

/** Where outcomes are kept, and what is to be done when all of them are read. */
export interface OpenResults {
  readonly store: ResultStore;
  /** The folder, where it is one. */
  readonly folder?: string;
  remove(): Promise<void>;
}

/**
 * Opens the place where outcomes are kept: the folder asked for; without one this process's memory, or of several ranks of one machine a temporary folder.
 *
 * @throws UserError for ranks of several machines without a folder, which all of them must see
 */
export async function openResults(
  folder: string | undefined,
  communicator: Communicator | undefined,
): Promise<OpenResults> {
  const remove = async () => {};
  if (folder !== undefined) return { store: folderStore(folder), folder, remove };
  if (!communicator) return { store: memoryStore(), remove };
  const shared = await fromRoot(communicator, async () => {
    const { size, localSize } = communicator;
    if (localSize === size) return mkdtemp(join(tmpdir(), 'mfm-results-'));
    throw new UserError(
      `--results: must name a folder that all machines see, where ${size} ranks share an evaluation (${localSize ?? 'unknown'} of them here), got nothing.`,
    );
  });
  return {
    store: folderStore(shared),
    folder: shared,
    remove: async () => {
      if (communicator.rank === 0) await rm(shared, { recursive: true, force: true });
    },
  };
}
