import { closest, distance } from 'fastest-levenshtein';

/**
 * Ends an "unknown name" message: the nearest known name if it is near enough to be a typing error, and the whole list.
 *
 * @example `unknown preset "vit_bas"${didYouMean('vit_bas', names)}` → `… . Did you mean "vit_base"? Known: …`
 */
export function didYouMean(name: string, known: readonly string[]): string {
  const list = `Known: ${known.join(', ')}.`;
  if (known.length === 0) return '.';
  const best = closest(name, known);
  return distance(name, best) <= Math.max(2, Math.ceil(best.length / 3))
    ? `. Did you mean "${best}"? ${list}`
    : `. ${list}`;
}
