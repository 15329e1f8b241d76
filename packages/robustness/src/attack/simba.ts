import { UserError } from '@mfm/cli';
import { createRandom } from '@mfm/data';
import { NORMS } from './norm.ts';
import { crossEntropy } from './objective.ts';
import type { Search, SearchMethod, SearchSubject } from './query-search.ts';
import type { SimbaBasis } from './simba-basis.ts';

const logProbability = (logits: Float32Array, row: number, classes: number, label: number) =>
  -crossEntropy(logits, row, classes, label);

/** The order in which an image's directions are tried: without repetition, then in a new order. */
function directionOrder(size: number, seed: number, index: number): (place: number) => number {
  let round = -1;
  let order: Int32Array = new Int32Array();
  return (place) => {
    const wanted = Math.floor(place / size);
    if (wanted !== round) {
      round = wanted;
      order = createRandom(seed, index, round, 'simba order').permutation(size);
    }
    return order[place % size]!;
  };
}

function beginSearch(basis: SimbaBasis, { clean, index, settings }: SearchSubject): Search {
  const { stepSize, epsilon, norm, seed } = settings;
  const directionAt = directionOrder(basis.size, seed, index);
  const [taken, tried] = [new Float32Array(clean.length), new Float32Array(clean.length)];
  let place = 0;
  let sign = -1;
  return {
    propose(_, out) {
      tried.set(taken);
      basis.add(directionAt(place), sign * stepSize, tried);
      NORMS[norm].project(tried, epsilon);
      for (let p = 0; p < out.length; p++) out[p] = Math.min(1, Math.max(0, clean[p]! + tried[p]!));
    },
    answer(isLower) {
      if (isLower) taken.set(tried);
      // The other sign is asked about only where the first did not help.
      if (isLower || sign > 0) place++;
      sign = isLower ? -1 : -sign;
    },
  };
}

/**
 * SimBA (Guo et al., "Simple black-box adversarial attacks", ICML 2019): steps of fixed length along the vectors of a basis, in random order,
 * minus before plus, each taken when it makes the model less sure of the class (in a targeted attack, surer of the target). A step that leaves
 * the ball is moved to the nearest point of it, which the paper, having no ball, does not need.
 *
 * @param basisOf the basis for images of a side in pixels
 * @param targeted whether the class is the one that the model shall see
 */
export const simba = (basisOf: (side: number) => SimbaBasis, targeted: boolean): SearchMethod => ({
  // log p falls and rises as p does, and still tells probabilities near 1 apart.
  objective: targeted ? crossEntropy : logProbability,
  startsBlind: false,
  begin(subject) {
    const { height, width } = subject;
    if (height !== width) throw new UserError(`simba: images must be square, got ${height} × ${width} pixels.`);
    return beginSearch(basisOf(height), subject);
  },
});
