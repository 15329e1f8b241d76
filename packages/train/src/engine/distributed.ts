import type { Communicator } from '@mfm/mpi';
import type { EngineBatch } from './engine.ts';

/** How an engine trains together with those of other processes. */
export interface Distributed {
  readonly communicator: Communicator;
  /**
   * How much the loss of this process's part of a batch counts beside the others': the number that the loss is a mean over (masked bins, samples),
   * or 1 for the mean of the processes' means.
   */
  lossWeight(batch: EngineBatch): number;
  /** Most bytes of one sum over processes. */
  readonly bucketBytes: number;
  /** Parts of the backward pass, of which each part's gradients are summed up while the next computes; 1 for none. */
  readonly overlapStages: number;
}
