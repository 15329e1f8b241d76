import { UserError } from '@mfm/cli';
import { isShared, PeerFailure } from './agree.ts';
import type { Communicator } from './communicator.ts';
import { connect } from './connect.ts';
import { detectLaunch } from './launch.ts';

/** Exit codes of commands: what a user caused, and a defect. */
const [USER_ERROR, DEFECT] = [2, 1];

async function join(): Promise<Communicator | undefined> {
  const launch = detectLaunch();
  try {
    return await connect(launch);
  } catch (error) {
    // It is the same for all ranks of a machine: one says it.
    if (error instanceof UserError && (launch?.localRank ?? 0) > 0) throw new PeerFailure(0);
    throw error;
  }
}

/** Says what happened and ends every process: the others wait for this one in a sum. */
function abandon(error: unknown, communicator: Communicator): never {
  const isUserError = error instanceof UserError;
  const text = isUserError ? error.message : ((error as Error | undefined)?.stack ?? String(error));
  process.stderr.write(`rank ${communicator.rank} of ${communicator.size}: ${text}\n`);
  return communicator.abort(isUserError ? USER_ERROR : DEFECT);
}

/**
 * Runs a program that may be one of several processes started by `mpirun` or `srun`. In an ordinary process it is just called.
 *
 * An error that all ranks know of (`together`, `fromRoot`) is thrown on one of them, the others end without a word. Any other error
 * ends the whole job, with its rank and message.
 *
 * @param work is given the communicator, or undefined
 */
export async function runJob(work: (communicator: Communicator | undefined) => Promise<void>): Promise<void> {
  let communicator: Communicator | undefined;
  try {
    communicator = await join();
    await work(communicator);
    await communicator?.close();
  } catch (error) {
    if (communicator && !isShared(error) && !(error instanceof PeerFailure)) abandon(error, communicator);
    await communicator?.close();
    // With exit code 0: on any other, the launcher might end the rank that still has to say what happened.
    if (!(error instanceof PeerFailure)) throw error;
  }
}
