import { appendFile, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';

/** A line of a file of JSON lines, of a step. */
export interface StepLine {
  /** Optimiser steps made. */
  step: number;
}

/** Appends to a file of JSON lines. */
export interface LinesFile<L extends StepLine> {
  /** The lines that were there when it was opened. */
  readonly kept: readonly L[];
  write(line: L): Promise<void>;
}

async function readOrEmpty(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

function parseLine<L extends StepLine>(line: string): L | undefined {
  try {
    return JSON.parse(line) as L;
  } catch {
    return undefined;
  }
}

/**
 * Opens a file of JSON lines in a run directory for appending, cutting off the lines after `resumeStep` and a line that a killed process
 * did not finish.
 *
 * @param resumeStep optimiser steps in the checkpoint that the run goes on from; 0 for a new run
 */
export async function openLinesFile<L extends StepLine>(path: string, resumeStep: number): Promise<LinesFile<L>> {
  const bytes = await readOrEmpty(path);
  const kept: L[] = [];
  let length = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, length)) {
    const line = parseLine<L>(bytes.toString('utf8', length, end));
    if (line === undefined || !(line.step <= resumeStep)) break;
    kept.push(line);
    length = end + 1;
  }
  if (length < bytes.length) await truncate(path, length);
  return { kept, write: (line) => appendFile(path, `${JSON.stringify(line)}\n`) };
}

/** Reads a file of JSON lines of a run directory; an unfinished last line is left out, a missing file is empty. */
export async function readLinesFile<L extends StepLine>(folder: string, name: string): Promise<L[]> {
  const lines = (await readOrEmpty(join(folder, name))).toString('utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as L);
}
