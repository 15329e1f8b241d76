import { UserError } from '@mfm/cli';

const VARIABLE = 'MFM_SPIN';

/**
 * Whether ONNX Runtime's threads poll for work between operators where nobody has decided: unless the environment says `MFM_SPIN=0`. Polling saves waking
 * threads, and takes the cores from every other process meanwhile.
 *
 * @throws UserError for a value other than 0 and 1
 */
export function spinByDefault(environment: NodeJS.ProcessEnv = process.env): boolean {
  const value = environment[VARIABLE] || '1';
  if (value === '0' || value === '1') return value === '1';
  throw new UserError(`${VARIABLE}: must be 0 (threads wait asleep) or 1 (threads poll for work), got "${value}".`);
}
