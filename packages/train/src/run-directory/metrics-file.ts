import { appendFile, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';

/** One line of `metrics.jsonl`. Nothing in it depends on time: a resumed run writes the same lines as an uninterrupted one. */
export interface MetricsLine {
  /** Optimiser steps made. */
  step: number;
  /** Epochs made, fractional. */
  epoch: number;
  /** Loss of this step; smoothing is left to the reader, so that a resumed run needs no memory of it. */
  loss: number;
  /** Learning rate of this step. */
  lr: number;
  /** Norm of its gradient before clipping. */
  gradNorm: number;
}

/** Appends to `metrics.jsonl`. */
export interface MetricsFile {
  write(line: MetricsLine): Promise<void>;
}

async function readOrEmpty(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

function isKept(line: string, step: number): boolean {
  try {
    return (JSON.parse(line) as MetricsLine).step <= step;
  } catch {
    return false;
  }
}

/**
 * Opens `metrics.jsonl` of a run directory for appending, cutting off the lines after `resumeStep` and a line that a killed process did
 * not finish.
 *
 * @param resumeStep optimiser steps in the checkpoint that the run goes on from; 0 for a new run
 */
export async function openMetricsFile(folder: string, resumeStep: number): Promise<MetricsFile> {
  const path = join(folder, 'metrics.jsonl');
  const bytes = await readOrEmpty(path);
  let kept = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, kept)) {
    if (!isKept(bytes.toString('utf8', kept, end), resumeStep)) break;
    kept = end + 1;
  }
  if (kept < bytes.length) await truncate(path, kept);
  return { write: (line) => appendFile(path, `${JSON.stringify(line)}\n`) };
}

/** Reads `metrics.jsonl` of a run directory; an unfinished last line is left out. */
export async function readMetrics(folder: string): Promise<MetricsLine[]> {
  const lines = (await readOrEmpty(join(folder, 'metrics.jsonl'))).toString('utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as MetricsLine);
}
