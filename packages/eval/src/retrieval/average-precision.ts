/** How well one query's ranking puts images of its class first. */
export interface RankedQuery {
  /** Average precision over the whole ranking. */
  readonly averagePrecision: number;
  /** MAP@R: the same over the first R places alone, R the number of relevant images (Musgrave et al. 2020). */
  readonly precisionAtR: number;
  /** Place of the first relevant image, from 1. */
  readonly firstRank: number;
}

/** Place of the first of descending values that is at most `value`; their number if none is. */
function firstAtMost(descending: Float32Array, value: number): number {
  let [low, high] = [0, descending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (descending[middle]! <= value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Judges the ranking of a gallery by descending similarity. Of equal similarities the irrelevant ones come first, so that a model that gives every image
 * the same features gains nothing.
 *
 * @param similarities `[N]`
 * @param isRelevant whether a gallery image is of the query's class
 * @param self the query's own place in the gallery, which is left out
 * @returns undefined when no image is relevant
 */
export function rankQuery(
  similarities: Float32Array,
  isRelevant: (row: number) => boolean,
  self = -1,
): RankedQuery | undefined {
  let count = 0;
  for (let row = 0; row < similarities.length; row++) if (row !== self && isRelevant(row)) count++;
  if (count === 0) return undefined;
  const relevant = new Float32Array(count);
  for (let row = 0, next = 0; row < similarities.length; row++) {
    if (row !== self && isRelevant(row)) relevant[next++] = similarities[row]!;
  }
  relevant.sort().reverse();
  // Irrelevant images that come right before each relevant one: a search for each is cheaper than sorting all.
  const before = new Int32Array(count + 1);
  for (let row = 0; row < similarities.length; row++) {
    if (row !== self && !isRelevant(row)) before[firstAtMost(relevant, similarities[row]!)]!++;
  }
  let [ahead, sum, early] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    ahead += before[i]!;
    const rank = i + 1 + ahead;
    sum += (i + 1) / rank;
    if (rank <= count) early += (i + 1) / rank;
  }
  return { averagePrecision: sum / count, precisionAtR: early / count, firstRank: 1 + before[0]! };
}
