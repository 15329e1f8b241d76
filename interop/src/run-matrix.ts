import { type ExportedCase, exportCase } from './cases/exported-case.ts';
import type { Plan } from './cases/plan.ts';
import { type Cell, judge, type Outcome } from './matrix/cell.ts';
import { findExpectedFailure } from './matrix/expected-failure.ts';
import type { Column, Matrix } from './matrix/matrix.ts';
import type { Program } from './process/line-process.ts';
import { runRuntime } from './run-runtime.ts';
import type { Runtime, Workshop } from './runtimes/runtime.ts';

/** What the command watches. */
export interface MatrixProgress {
  update(done: number, text: string): void;
}

export interface MatrixOptions {
  readonly plans: readonly Plan[];
  readonly runtimes: readonly Runtime[];
  readonly without: readonly string[];
  readonly workshop: Workshop;
  /** Folder for exported models, inputs and outputs. */
  readonly workFolder: string;
  /** Called with one step more for each export and each cell. */
  readonly progress: MatrixProgress;
}

/** Runtimes at work at a time. */
const LANES = 2;

/** What is known of a runtime in the end. */
type Result = { readonly version: string; readonly outcomes: Outcome[] } | { readonly unavailable: string };

type Prepared = { readonly program: Program } | { readonly unavailable: string };

const unavailable = (error: unknown) => ({ unavailable: error instanceof Error ? error.message : String(error) });

async function prepare(runtime: Runtime, workshop: Workshop): Promise<Prepared> {
  const start = Date.now();
  try {
    const program = await runtime.prepare(workshop);
    workshop.log(`${runtime.name}: ready after ${Math.round((Date.now() - start) / 1000)} s`);
    return { program };
  } catch (error) {
    workshop.log(`${runtime.name}: not available`);
    return unavailable(error);
  }
}

/** Calls tasks in order, a few at a time. */
async function inLanes(tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const queue = [...tasks];
  const lane = async () => {
    for (let task = queue.shift(); task; task = queue.shift()) await task();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

type Exported = ExportedCase | { readonly plan: Plan; readonly error: string };

async function exportAll({ plans, workFolder, progress }: MatrixOptions): Promise<Exported[]> {
  const exported: Exported[] = [];
  for (const plan of plans) {
    try {
      exported.push(await exportCase(plan, workFolder));
    } catch (error) {
      exported.push({ plan, error: `export: ${(error as Error).message}` });
    }
    progress.update(exported.length, `export ${plan.model} ${plan.head}`);
  }
  return exported;
}

/**
 * Prepares the runtimes, exports the models, runs each in each, compares with onnxruntime-node.
 *
 * What cannot be prepared or exported is shown in the matrix and thrown nowhere.
 */
export async function runMatrix(options: MatrixOptions): Promise<Matrix> {
  const { runtimes, workshop, progress, without, plans } = options;
  const [prepared, exported] = await Promise.all([
    Promise.all(runtimes.map((runtime) => prepare(runtime, workshop))),
    exportAll(options),
  ]);
  const cases = exported.filter((item) => 'model' in item);

  const results: Result[] = [];
  let done = plans.length;
  await inLanes(
    runtimes.map((runtime, index) => async () => {
      const state = prepared[index]!;
      results[index] =
        'unavailable' in state
          ? state
          : await runRuntime(runtime, state.program, cases, () => progress.update(++done, runtime.name)).catch(
              unavailable,
            );
    }),
  );

  const columns = runtimes.map(({ name }, index): Column => {
    const result = results[index]!;
    return 'unavailable' in result
      ? { runtime: name, unavailable: result.unavailable }
      : { runtime: name, version: result.version };
  });
  const cellOf = (item: Exported, { name }: Runtime, result: Result): Cell => {
    if (!('model' in item)) return { kind: 'failed', error: item.error };
    if ('unavailable' in result) return { kind: 'unavailable' };
    return judge(result.outcomes[cases.indexOf(item)]!, findExpectedFailure(name, item.plan));
  };
  const rows = exported.map((item) => ({
    ...{ model: item.plan.model, head: item.plan.head, opset: item.plan.opset },
    batches: 'model' in item ? item.runs.map(({ batch }) => batch) : [],
    dynamic: 'model' in item && item.dynamic,
    cells: Object.fromEntries(runtimes.map((runtime, index) => [runtime.name, cellOf(item, runtime, results[index]!)])),
  }));
  return { columns, rows, without };
}
