import type { Section } from '@mfm/report';
import type { FeatureTable } from '../../features/feature-table.ts';
import type { LinearClassifier } from '../../linear/linear-classifier.ts';
import type { VectorModel } from '../../model/feature-model.ts';
import type { ModelAndData, Splits } from '../model-and-data.ts';

/** Arguments of `pnpm eval linear`. */
export interface LinearArguments extends ModelAndData {
  readonly protocol: string;
  readonly saveProbe?: string;
  readonly validation: number;
  readonly weightDecays?: readonly number[];
  readonly learningRates?: readonly number[];
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly crops?: string;
  readonly report?: string;
}

/** What a protocol fits a probe on. */
export interface ProbeTask {
  readonly model: VectorModel;
  readonly splits: Splits;
  /** Features of the test images: what is reported beside a trial is never what chooses it. */
  readonly test: FeatureTable;
  readonly args: LinearArguments;
}

/** A probe, fitted. */
export interface FittedProbe {
  /** Works on raw features. */
  readonly classifier: LinearClassifier;
  readonly weightDecay: number;
  /** Images it was fitted on. */
  readonly trainCount: number;
  /** Training images that could not be decoded. */
  readonly leftOut: number;
  /** For the JSON document. */
  readonly figures: object;
  /** For standard output. */
  readonly text: string;
  /** For the report. */
  readonly sections: readonly Section[];
}

/** A way of fitting a linear probe. */
export interface ProbeProtocol {
  readonly summary: string;
  /** Options that it does not take, as commander names them. */
  readonly foreign: readonly (keyof LinearArguments)[];
  fit(task: ProbeTask): Promise<FittedProbe>;
}
