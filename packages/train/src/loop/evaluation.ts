import type { TrainState } from '../engine/engine.ts';

/** What a measurement after an epoch gives, by name. */
export type Scores = Readonly<Record<string, number>>;

/** Measures a state after every epoch. */
export interface Evaluation {
  /** The score by which the best checkpoint is chosen; larger is better. */
  readonly criterion: string;
  run(state: TrainState): Promise<Scores>;
  close(): Promise<void>;
}
