/** Which of several processes that share every batch. */
export interface RankOf {
  /** 0 … ranks − 1. */
  readonly rank: number;
  readonly ranks: number;
}

/**
 * The places in a batch of one of several processes: as many from the front as from the end, mirror images of each other, so that samples which
 * mixing pairs (n and N − 1 − n) stay together, in the order in which they are partners again. Of an odd share the places in a row.
 *
 * @param batchSize samples of the whole batch
 * @returns ascending places, batchSize / ranks of them
 * @throws RangeError when the ranks cannot share the batch equally
 */
export function rankSlots(batchSize: number, { rank, ranks }: RankOf): Int32Array {
  const share = batchSize / ranks;
  if (!Number.isInteger(share)) {
    throw new RangeError(`createLoader: batchSize must be a multiple of the ranks (${ranks}), got ${batchSize}.`);
  }
  const half = share / 2;
  return Int32Array.from({ length: share }, (_, i) => {
    if (share % 2 === 1) return rank * share + i;
    return i < half ? rank * half + i : batchSize - (rank + 1) * half + (i - half);
  });
}
