import { join } from 'node:path';
import { type LinesFile, openLinesFile, readLinesFile, type StepLine } from './lines-file.ts';

const FILE = 'metrics.jsonl';

/** One line of `metrics.jsonl`. Nothing in it depends on time: a resumed run writes the same lines as an uninterrupted one. */
export interface MetricsLine extends StepLine {
  /** Epochs made, fractional. */
  epoch: number;
  /** Loss of this step; smoothing is left to the reader, so that a resumed run needs no memory of it. */
  loss: number;
  /** Learning rate of this step, with layer decay the largest. */
  lr: number;
  /** Norm of its gradient before clipping. */
  gradNorm: number;
}

/** Opens `metrics.jsonl` of a run directory for appending, cut off at the step the run goes on from. */
export const openMetricsFile = (folder: string, resumeStep: number): Promise<LinesFile<MetricsLine>> =>
  openLinesFile(join(folder, FILE), resumeStep);

/** Reads `metrics.jsonl` of a run directory; an unfinished last line is left out. */
export const readMetrics = (folder: string): Promise<MetricsLine[]> => readLinesFile(folder, FILE);
