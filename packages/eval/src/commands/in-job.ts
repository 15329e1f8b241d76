import { type Progress, startProgress } from '@mfm/cli';
import { type Communicator, runJob, threadsOfRank, together } from '@mfm/mpi';

/** Arguments of a command that several ranks can share. */
export interface JobArguments {
  readonly threads?: number;
  readonly workers?: number;
  /** Where `mpirun` or `srun` started this process as one of several. */
  readonly communicator?: Communicator | undefined;
}

/**
 * Makes a command's action one that `mpirun` or `srun` may start several times: each process is told the communicator, and takes its share of the cores where
 * nothing else is asked for.
 */
export const inJob =
  <Arguments extends JobArguments>(run: (args: Arguments) => Promise<void>) =>
  (args: Arguments): Promise<void> =>
    runJob(async (communicator) => {
      if (!communicator) return run(args);
      const threads = args.threads ?? threadsOfRank(communicator);
      return run({ ...args, communicator, threads, workers: args.workers ?? threads });
    });

/** Does what fails on every rank alike, if it fails: one says why. */
export const onEvery = <T>({ communicator }: JobArguments, work: () => Promise<T>): Promise<T> =>
  communicator ? together(communicator, work) : work();

/** Shows how far a job is: rank 0 does, for all. */
export const jobProgress = ({ communicator }: JobArguments, label: string, total: number): Progress => {
  if (!communicator) return startProgress(label, total);
  if (communicator.rank === 0) return startProgress(`${label}, ${communicator.size} ranks`, total);
  return { update() {}, stop() {} };
};
