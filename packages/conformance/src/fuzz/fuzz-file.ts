import { createRandom } from '@mfm/data';
import { fuzzTarget } from './fuzz-target.ts';

/** What came of reading damaged copies of one file. */
export interface FuzzReport {
  readonly file: string;
  /** Of the file, undamaged. */
  readonly bytes: number;
  readonly copies: number;
  /** How many were refused with a clear message; the others gave values, perhaps not those of a model. */
  readonly refused: number;
  /** What was neither: the copy's number, and what was thrown. */
  readonly failures: readonly string[];
  /** Seconds of processor time that the slowest copy took. */
  readonly slowest: number;
  /** Seconds of processor time of all copies. */
  readonly seconds: number;
}

const secondsSince = (begin: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1e6;
};

/**
 * Reads damaged copies of a file: a value or a UserError must come of it.
 *
 * @param name of the file, whose end says what it is; it decides its damages together with the seed
 * @param bytes its content
 */
export async function fuzzFile(name: string, bytes: Uint8Array, copies: number, seed: number): Promise<FuzzReport> {
  const target = fuzzTarget(name);
  const failures: string[] = [];
  let [refused, slowest] = [0, 0];
  const whole = process.cpuUsage();
  for (let copy = 0; copy < copies; copy++) {
    const damaged = target.damage(bytes, createRandom(seed, copy, name));
    const begin = process.cpuUsage();
    try {
      if (await target.read(name, damaged)) refused++;
    } catch (error) {
      failures.push(`${name}, copy ${copy}: ${error}`);
    }
    slowest = Math.max(slowest, secondsSince(begin));
  }
  return { file: name, bytes: bytes.length, copies, refused, failures, slowest, seconds: secondsSince(whole) };
}
