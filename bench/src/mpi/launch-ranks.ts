import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { UserError } from '@mfm/cli';

/** This command's own file. */
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** More ranks than cores share them: the launchers of both families but one need to be told. */
const OVERSUBSCRIBE = {
  OMPI_MCA_rmaps_base_oversubscribe: '1',
  PRTE_MCA_rmaps_default_mapping_policy: ':oversubscribe',
};
/** Open MPI starts nothing as root, as in a container, unless told twice. */
const AS_ROOT = { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' };

/** The last line that says something: launchers end with rules. */
const reasonOf = (stderr: string): string =>
  stderr
    .split('\n')
    .filter((line) => /\w/.test(line))
    .at(-1) ?? '';

/**
 * Runs `pnpm bench` with these arguments on several ranks of this machine, and gives what rank 0 printed.
 *
 * @param mpirun the launcher; by default that on the path
 * @throws UserError where there is no launcher, or the job fails
 */
export function launchRanks(ranks: number, args: readonly string[], mpirun = 'mpirun'): Promise<string> {
  const command = ['-n', String(ranks), process.execPath, CLI, ...args];
  const env = { ...process.env, ...OVERSUBSCRIBE, ...AS_ROOT };
  return new Promise((resolve, reject) => {
    const child = execFile(mpirun, command, { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else if (error.code === ('ENOENT' as unknown)) {
        reject(
          new UserError(
            `bench: "${mpirun}" must be an MPI launcher, and there is none. Install Open MPI (Debian: apt-get install openmpi-bin), or start ` +
              'the command itself on several ranks (srun …).',
          ),
        );
      } else {
        const reason = reasonOf(stderr);
        reject(new UserError(`bench: ${mpirun} -n ${ranks} ended with exit code ${error.code}. ${reason}`));
      }
    });
    child.stderr?.pipe(process.stderr);
  });
}
