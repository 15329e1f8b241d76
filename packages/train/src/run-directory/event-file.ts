import { appendFile, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeEvent, encodeEvent } from './event-proto.ts';
import { decodeRecords, encodeRecord } from './tfrecord.ts';

/** A TensorBoard event file that is being written. */
export interface EventFile {
  readonly path: string;
  /** Appends scalars, by tag, at a step. */
  writeScalars(step: number, scalars: Readonly<Record<string, number>>): Promise<void>;
}

/** TensorBoard finds event files by this part of the name. */
const NAME = 'events.out.tfevents.0.mfm';

const now = () => Date.now() / 1000;

/** Length of the file up to the last event of at most `step`; everything behind is to be written again. */
async function keptLength(path: string, step: number): Promise<number> {
  let end = 0;
  for (const record of decodeRecords(await readFile(path)).records) {
    if ((decodeEvent(record.data).step ?? 0) > step) break;
    end = record.end;
  }
  return end;
}

/**
 * Opens the event file of a run directory for writing, cutting off what was recorded after `resumeStep`, so that TensorBoard shows
 * one line for a run that was killed and resumed.
 *
 * @param folder the run directory
 * @param resumeStep optimiser steps in the checkpoint that the run goes on from; 0 for a new run
 */
export async function openEventFile(folder: string, resumeStep: number): Promise<EventFile> {
  const path = join(folder, NAME);
  const kept = (await readdir(folder)).includes(NAME) ? await keptLength(path, resumeStep) : 0;
  if (kept > 0) await truncate(path, kept);
  else await writeFile(path, encodeRecord(encodeEvent({ wallTime: now(), fileVersion: 'brain.Event:2' })));
  return {
    path,
    async writeScalars(step, scalars) {
      const value = Object.entries(scalars).map(([tag, simpleValue]) => ({ tag, simpleValue }));
      await appendFile(path, encodeRecord(encodeEvent({ wallTime: now(), step, summary: { value } })));
    },
  };
}
