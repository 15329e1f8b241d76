import type { Communicator } from '@mfm/mpi';

/** Counts of right predictions, and the summed loss, over samples. */
export interface Tally {
  samples: number;
  top1: number;
  top5: number;
  /** Sum of −log softmax at the label. */
  loss: number;
}

export const emptyTally = (): Tally => ({ samples: 0, top1: 0, top5: 0, loss: 0 });

/** Sums a tally up over ranks, in place, each of which counted its share of the samples. */
export async function sumTally(counted: Tally, communicator: Communicator): Promise<void> {
  const sums = Float64Array.of(counted.samples, counted.top1, counted.top5, counted.loss);
  await communicator.allReduce(sums);
  [counted.samples, counted.top1, counted.top5, counted.loss] = sums as unknown as [number, number, number, number];
}

/** How many classes score above the label's; of equal ones those with a lower index, as torch.topk orders them. */
function rankOf(logits: Float32Array, row: number, classes: number, label: number): number {
  const own = logits[row + label]!;
  let rank = 0;
  for (let k = 0; k < classes; k++) {
    const other = logits[row + k]!;
    if (other > own || (other === own && k < label)) rank++;
  }
  return rank;
}

function negativeLogLikelihood(logits: Float32Array, row: number, classes: number, label: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < classes; k++) largest = Math.max(largest, logits[row + k]!);
  let sum = 0;
  for (let k = 0; k < classes; k++) sum += Math.exp(logits[row + k]! - largest);
  return Math.log(sum) + largest - logits[row + label]!;
}

/**
 * Adds a batch to a tally.
 *
 * @param logits float32 [N, K]; rows beyond the labels are left out
 * @param labels class of each sample, 0 … K − 1
 */
export function tally(into: Tally, logits: Float32Array, labels: Int32Array, classes: number): void {
  labels.forEach((label, sample) => {
    const row = sample * classes;
    const rank = rankOf(logits, row, classes, label);
    into.samples++;
    if (rank < 1) into.top1++;
    if (rank < 5) into.top5++;
    into.loss += negativeLogLikelihood(logits, row, classes, label);
  });
}
