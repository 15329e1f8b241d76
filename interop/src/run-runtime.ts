import { join } from 'node:path';
import type { CaseRun, ExportedCase } from './cases/exported-case.ts';
import { readTensors } from './exchange.ts';
import type { Outcome } from './matrix/cell.ts';
import { compareOutputs, type Difference } from './matrix/compare.ts';
import { type LineProcess, type Program, startLineProcess } from './process/line-process.ts';
import type { Runtime } from './runtimes/runtime.ts';

/** Limits on a runtime's program. */
const SECONDS = { start: 90, answer: 400 };

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function worstOf(runs: readonly (CaseRun & { outputs: string })[]): Promise<Difference> {
  let worst: Difference | undefined;
  for (const { expected, outputs } of runs) {
    const difference = compareOutputs(expected, await readTensors(outputs));
    if (worst === undefined || difference.scaled > worst.scaled) worst = difference;
  }
  return worst!;
}

async function tryCase(
  child: LineProcess,
  { name, runs: runsModels }: Runtime,
  exported: ExportedCase,
): Promise<Outcome> {
  const { folder, model } = exported;
  const runs = exported.runs.map((run) => ({ ...run, outputs: join(folder, `${name}-${run.batch}.safetensors`) }));
  try {
    const files = runs.map(({ inputs, outputs }) => ({ inputs, outputs }));
    await child.ask({ model, runs: files }, SECONDS.answer);
    return runsModels ? { kind: 'compared', difference: await worstOf(runs) } : { kind: 'checked' };
  } catch (error) {
    return { kind: 'failed', error: messageOf(error) };
  }
}

/**
 * Runs every case in one runtime. A program that dies is started again for the next case.
 *
 * @param onCase called after each case
 * @returns the runtime's version and an outcome for each case
 */
export async function runRuntime(
  runtime: Runtime,
  program: Program,
  cases: readonly ExportedCase[],
  onCase: () => void,
): Promise<{ version: string; outcomes: Outcome[] }> {
  let child = await startLineProcess(program, SECONDS.start);
  const { version } = child;
  try {
    const outcomes: Outcome[] = [];
    for (const exported of cases) {
      if (!child.alive()) child = await startLineProcess(program, SECONDS.start);
      outcomes.push(await tryCase(child, runtime, exported));
      onCase();
    }
    return { version, outcomes };
  } finally {
    child.close();
  }
}
