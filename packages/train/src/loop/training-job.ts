import type { Batch, DegradationSpec, TransformSpec } from '@mfm/data';
import type { ParameterSpec } from '@mfm/models';
import type { TrainConfig } from '../config/train-config.ts';
import type { EngineBatch, TrainState } from '../engine/engine.ts';
import type { TrainStep } from '../step/train-step.ts';
import type { Evaluation } from './evaluation.ts';
import type { RankSetup } from './rank-setup.ts';

/** What a kind of training tells the loop: everything in which pre-training and fine-tuning differ. */
export interface TrainingJob {
  /** The configuration as it is stored: resolved, also in what the data decides. */
  readonly config: TrainConfig;
  readonly parameters: readonly ParameterSpec[];
  readonly step: TrainStep;
  /** What the loader makes of each image. */
  readonly transform: TransformSpec;
  readonly degradation?: DegradationSpec | undefined;
  /**
   * What the loss of a batch is a mean over, so that ranks with different numbers of it weigh accordingly; absent: the same for all batches of one size.
   */
  lossWeight?(batch: EngineBatch): number;
  /** The state before the first step. */
  initialState(): Promise<TrainState>;
  /** What the step is fed for a batch: a pure function of the batch and the epoch. */
  prepare(epoch: number, batch: Batch): EngineBatch;
  /** Opens the measurement made after every epoch, on this rank's share of the images; absent for none. */
  openEvaluation?(rank: RankSetup | undefined): Promise<Evaluation>;
}
