import { type Communicator, spinOfRank, threadsOfRank } from '@mfm/mpi';

/** What a process that trains with others works with. */
export interface RankSetup {
  readonly communicator: Communicator;
  /** Threads that compute, where the configuration names none: this rank's share of the machine. */
  readonly threads: number;
  /** Whether idle ones poll for work; undefined: as in one process. */
  readonly spin: boolean | undefined;
}

export const setUpRank = (communicator: Communicator): RankSetup => ({
  communicator,
  threads: threadsOfRank(communicator),
  spin: spinOfRank(communicator),
});
