import { oneLine } from '@mfm/cli';

/** Something about a file that is wrong (`error`: a runtime may refuse or misread it), or strange (`warning`). */
export interface Problem {
  readonly severity: 'error' | 'warning';
  /** What it is about: `node "/blocks/0/attn/Gemm" (Gemm)`. */
  readonly where: string;
  readonly message: string;
}

/** A broken file can be broken a million times. */
const MOST = 1000;

/** Collects problems. */
export class Findings {
  readonly problems: Problem[] = [];

  add(severity: Problem['severity'], where: string, message: string): void {
    if (this.problems.length === MOST)
      this.problems.push({
        severity: 'warning',
        where: 'model',
        message: `more than ${MOST} problems; the rest is left out`,
      });
    if (this.problems.length < MOST) this.problems.push({ severity, where: oneLine(where), message: oneLine(message) });
  }

  error(where: string, message: string): void {
    this.add('error', where, message);
  }
}
