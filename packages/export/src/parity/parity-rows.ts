import type { CheckedOutput } from './verdict.ts';

/** Tensors of a training state, of which there are hundreds: their names up to the parameter's. */
const STATE = /^next\.(model|optimizer\.exp_avg|optimizer\.exp_avg_sq)\./;

const group = (output: string): string => STATE.exec(output)?.[0] ?? output;

const lowest = (a: number | undefined, b: number | undefined): { cosine?: number } =>
  a === undefined && b === undefined ? {} : { cosine: Math.min(a ?? 1, b ?? 1) };

/** The farther of two from the eager model in every figure. */
const worse = (a: CheckedOutput, b: CheckedOutput): CheckedOutput => ({
  output: a.output,
  maxAbsolute: Math.max(a.maxAbsolute, b.maxAbsolute),
  meanAbsolute: Math.max(a.meanAbsolute, b.meanAbsolute),
  ...(a.relative !== undefined && { relative: Math.max(a.relative, b.relative ?? 0) }),
  ...lowest(a.cosine, b.cosine),
});

/** Titles of {@link parityRows}. */
export const PARITY_TITLES = ['output', 'max |Δ|', 'mean |Δ|', 'of the largest', 'cosine'];

/** A table's rows for people: an output each, and one with the worst figures for each part of a training state. */
export function parityRows(outputs: readonly CheckedOutput[]): string[][] {
  const groups = new Map<string, { members: number; worst: CheckedOutput }>();
  for (const parity of outputs) {
    const known = groups.get(group(parity.output));
    groups.set(group(parity.output), {
      members: (known?.members ?? 0) + 1,
      worst: known ? worse(known.worst, parity) : parity,
    });
  }
  return [...groups].map(([name, { members, worst }]) => [
    name.endsWith('.') ? `${name}* (worst of ${members})` : name,
    worst.maxAbsolute.toExponential(2),
    worst.meanAbsolute.toExponential(2),
    worst.relative?.toExponential(2) ?? '',
    worst.cosine?.toFixed(9) ?? '',
  ]);
}
