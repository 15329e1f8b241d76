import { availableParallelism, cpus } from 'node:os';
import type { Communicator } from './communicator.ts';

/**
 * A rank's share of the processors: what it is bound to, or, where the launcher does not bind processes, an equal part of the machine.
 *
 * @param localSize ranks on this machine; undefined where it is not known
 */
export function threadsOfRank(
  { localSize }: Pick<Communicator, 'localSize'>,
  usable: number = availableParallelism(),
  present: number = cpus().length,
): number {
  const isBound = usable < present;
  return Math.max(1, isBound ? usable : Math.floor(usable / (localSize ?? 1)));
}

/**
 * Whether a rank's idle threads may poll for work: not where ranks share a machine, whose cores the others, the loaders and MPI itself need. Undefined where nobody
 * else is there, or the environment's `MFM_SPIN` decides.
 */
export function spinOfRank(
  { localSize }: Pick<Communicator, 'localSize'>,
  environment: NodeJS.ProcessEnv = process.env,
): false | undefined {
  return (localSize ?? 1) > 1 && !environment.MFM_SPIN ? false : undefined;
}
