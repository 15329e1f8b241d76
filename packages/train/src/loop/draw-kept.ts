import { createRandom } from '@mfm/data';

/**
 * Draws what stays of each sample in training: branches (drop path) or channels (dropout). A draw depends on (seed, epoch, sample, purpose) alone.
 *
 * @param rates probability of being left out, of each branch or channel
 * @returns float32 [N, rates], 1 = kept, 0 = left out
 */
export function drawKept(
  rates: readonly number[],
  purpose: 'dropPath' | 'dropout',
  { seed, epoch, indices }: { seed: number; epoch: number; indices: Int32Array },
): Float32Array {
  const kept = new Float32Array(indices.length * rates.length);
  indices.forEach((sample, place) => {
    const random = createRandom(seed, epoch, sample, purpose);
    rates.forEach((rate, i) => {
      kept[place * rates.length + i] = random.uniform() < rate ? 0 : 1;
    });
  });
  return kept;
}
