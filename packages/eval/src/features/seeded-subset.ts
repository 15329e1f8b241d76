import { createRandom } from '@mfm/data';

/** `limit` of the numbers 0 … count − 1, chosen by the seed and in ascending order; all of them without a limit. */
export function chooseSubset(count: number, limit: number | undefined, seed: number, purpose: string): Int32Array {
  if (limit === undefined || limit >= count) return Int32Array.from({ length: count }, (_, i) => i);
  return createRandom(seed, purpose).permutation(count).subarray(0, limit).sort();
}

/**
 * Splits rows into two parts with the same share of every class: `fraction` of each class, rounded, goes to `held`.
 * A class with one row stays in `kept`. Both parts ascend.
 */
export function stratifiedSplit(
  labels: Int32Array,
  fraction: number,
  seed: number,
): { kept: Int32Array; held: Int32Array } {
  const byClass = new Map<number, number[]>();
  labels.forEach((label, row) => {
    const rows = byClass.get(label);
    if (rows) rows.push(row);
    else byClass.set(label, [row]);
  });
  const [kept, held]: [number[], number[]] = [[], []];
  for (const [label, rows] of byClass) {
    const order = createRandom(seed, 'split', label).permutation(rows.length);
    const take = Math.min(Math.round(fraction * rows.length), rows.length - 1);
    order.forEach((place, i) => {
      (i < take ? held : kept).push(rows[place]!);
    });
  }
  const ascending = (rows: number[]) => Int32Array.from(rows).sort();
  return { kept: ascending(kept), held: ascending(held) };
}
