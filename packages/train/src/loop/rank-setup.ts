import { availableParallelism, cpus } from 'node:os';
import type { Communicator } from '@mfm/mpi';

/** What a process that trains with others works with. */
export interface RankSetup {
  readonly communicator: Communicator;
  /** Threads that compute, where the configuration names none: this rank's share of the machine. */
  readonly threads: number;
}

/**
 * A rank's share of the processors: what it is bound to, or, where the launcher does not bind processes, an equal part of the machine.
 *
 * @param localSize ranks on this machine; undefined where it is not known
 */
export function threadsOfRank(
  localSize: number | undefined,
  usable: number = availableParallelism(),
  present: number = cpus().length,
): number {
  const isBound = usable < present;
  return Math.max(1, isBound ? usable : Math.floor(usable / (localSize ?? 1)));
}

export const setUpRank = (communicator: Communicator): RankSetup => ({
  communicator,
  threads: threadsOfRank(communicator.localSize),
});
