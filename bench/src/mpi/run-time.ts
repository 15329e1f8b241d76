import type { StepTime } from './step-time.ts';

/** What a whole training is. */
export interface Training {
  readonly images: number;
  readonly epochs: number;
  readonly batchPerRank: number;
  /** Mean bytes of an encoded image. */
  readonly bytesPerImage: number;
}

/** What it needs. */
export interface RunTime {
  readonly ranks: number;
  readonly globalBatch: number;
  readonly days: number;
  readonly imagesPerSecond: number;
  /** What all ranks together read from storage, bytes a second. */
  readonly readBytesPerSecond: number;
}

/** Whole training from one step's time. The last batch of an epoch that is not full is left out, as in training. */
export function predictRun({ ranks, total }: StepTime, training: Training): RunTime {
  const globalBatch = ranks * training.batchPerRank;
  const steps = Math.floor(training.images / globalBatch) * training.epochs;
  const imagesPerSecond = globalBatch / total;
  return {
    ...{ ranks, globalBatch, imagesPerSecond },
    days: (steps * total) / 86_400,
    readBytesPerSecond: imagesPerSecond * training.bytesPerImage,
  };
}
