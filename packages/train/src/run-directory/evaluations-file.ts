import { join } from 'node:path';
import { type LinesFile, openLinesFile, readLinesFile, type StepLine } from './lines-file.ts';

const FILE = 'evaluations.jsonl';

/** One line of `evaluations.jsonl`: what was measured after an epoch. */
export interface EvaluationLine extends StepLine {
  /** Epochs made. */
  epoch: number;
  /** By name, `top1` and `top5` in percent. */
  scores: Readonly<Record<string, number>>;
}

/** Opens `evaluations.jsonl` of a run directory for appending, cut off at the step the run goes on from. */
export const openEvaluationsFile = (folder: string, resumeStep: number): Promise<LinesFile<EvaluationLine>> =>
  openLinesFile(join(folder, FILE), resumeStep);

/** Reads `evaluations.jsonl` of a run directory; empty where nothing was measured. */
export const readEvaluations = (folder: string): Promise<EvaluationLine[]> => readLinesFile(folder, FILE);
