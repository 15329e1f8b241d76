import { UserError } from '@mfm/cli';
import { createRandom, type Random } from '@mfm/data';
import type { Norm } from './norm.ts';
import { crossEntropy, margin } from './objective.ts';
import type { SearchMethod, SearchSubject } from './query-search.ts';
import { proposeSquareL2, startSquareL2 } from './square-l2.ts';
import { proposeSquareLinf, startSquareLinf } from './square-linf.ts';
import { squareShare } from './square-schedule.ts';

/** One image in the attack: where it began and where it stands, float32 `[3, side, side]`. */
export interface SquareState {
  readonly clean: Float32Array;
  readonly current: Float32Array;
  readonly side: number;
  readonly epsilon: number;
}

/** The steps of the attack under one norm. Both write an image in [0, 1] and in the ball to `out`. */
export interface SquareSteps {
  /** Share of the image that the first squares cover. */
  readonly initialShare: number;
  /** Smallest side of images that it can start on. */
  readonly smallest: number;
  start(state: SquareState, random: Random, out: Float32Array): void;
  /** @param share of the image that the square covers */
  propose(state: SquareState, share: number, random: Random, out: Float32Array): void;
}

const STEPS: Readonly<Record<Norm, SquareSteps>> = {
  linf: { initialShare: 0.05, smallest: 3, start: startSquareLinf, propose: proposeSquareLinf },
  l2: { initialShare: 0.1, smallest: 10, start: startSquareL2, propose: proposeSquareL2 },
};

function begin({ clean, height, width, index, settings }: SearchSubject) {
  const { norm, epsilon, queries, seed } = settings;
  const steps = STEPS[norm];
  if (height !== width || height < steps.smallest) {
    throw new UserError(
      `square: images must be square with a side of at least ${steps.smallest}, got ${height} × ${width} pixels.`,
    );
  }
  const state = { clean, current: clean.slice(), side: height, epsilon };
  const asked = new Float32Array(clean.length);
  return {
    propose(query: number, out: Float32Array) {
      // A stream for each query: what is drawn does not depend on how many numbers earlier ones took.
      const random = createRandom(seed, index, query, 'square attack');
      if (query === 0) steps.start(state, random, out);
      else steps.propose(state, squareShare(steps.initialShare, query - 1, queries), random, out);
      asked.set(out);
    },
    answer(isLower: boolean) {
      if (isLower) state.current.set(asked);
    },
  };
}

/**
 * Square attack (Andriushchenko et al., ECCV 2020): random search that changes one square of the image at a time, of a size that shrinks,
 * and keeps what lowers the margin of the class (in a targeted attack, the cross-entropy of the target). Every proposal is on the boundary of the
 * ball before it is clipped to [0, 1].
 */
export const square = (targeted: boolean): SearchMethod => ({
  objective: targeted ? crossEntropy : margin,
  startsBlind: true,
  begin,
});
