import type { TrainState } from '../engine/engine.ts';
import { type CheckpointStore, openCheckpointStore } from '../run-directory/checkpoint-store.ts';
import { openEvaluationsFile } from '../run-directory/evaluations-file.ts';
import { openEventFile } from '../run-directory/event-file.ts';
import { openMetricsFile } from '../run-directory/metrics-file.ts';
import { writeRunConfig } from '../run-directory/run-directory.ts';
import type { Evaluation, Scores } from './evaluation.ts';
import type { RunParts } from './open-parts.ts';
import type { Plan } from './plan.ts';
import type { StepReport } from './progress.ts';
import { saveState } from './train-state.ts';

/** Writes what a run leaves behind. */
export interface RunRecorder {
  /** Records a step: metrics, after an epoch what is then measured, and the checkpoint when it is due or `force`d. */
  record(report: StepReport, force: boolean): Promise<void>;
  /** Newest checkpoint; undefined before the first. */
  lastCheckpoint(): string | undefined;
  /** The last measurement, and the best one with its checkpoint; undefined before the first. */
  lastScores(): Scores | undefined;
  best(): BestScores | undefined;
}

export interface BestScores {
  readonly epoch: number;
  readonly scores: Scores;
  readonly checkpoint: string;
}

/**
 * What a rank that writes nothing does instead: it reads the state and measures when rank 0 does, since all of them do that together.
 */
export function followRecorder({ plan, engine, evaluation }: RunParts): RunRecorder {
  let scores: Scores | undefined;
  return {
    async record({ step }, force) {
      const { evaluates, saves } = dueAt(step, force, plan, evaluation);
      if (!evaluates && !saves) return;
      const state = await engine.readState();
      if (evaluates) scores = await evaluation!.run(state);
    },
    lastCheckpoint: () => undefined,
    lastScores: () => scores,
    best: () => undefined,
  };
}

/** What is to be done after so many steps. */
const dueAt = (step: number, force: boolean, plan: Plan, evaluation: Evaluation | undefined) => ({
  evaluates: evaluation !== undefined && plan.isEvaluationDue(step),
  saves: force || plan.isCheckpointDue(step),
});

/**
 * Starts recording into the run directory: writes `config.json`, cuts metrics off at the step the run goes on from, clears what killed
 * processes left.
 *
 * @param checkpoint the one that the run goes on from
 */
export async function startRecorder(
  folder: string,
  { job, plan, engine, evaluation, startStep }: RunParts,
  checkpoint: string | undefined,
): Promise<RunRecorder> {
  const { config, parameters } = job;
  const { keepLast } = config.checkpoint;
  const store: CheckpointStore = openCheckpointStore(folder);
  await writeRunConfig(folder, config);
  await store.rotate(keepLast);
  const metrics = await openMetricsFile(folder, startStep);
  const evaluations = evaluation && (await openEvaluationsFile(folder, startStep));
  const events = await openEventFile(folder, startStep);
  let newest = checkpoint;
  let lastScores = evaluations?.kept.at(-1)?.scores;
  let best: BestScores | undefined;
  const isBetter = (scores: Scores) => !best || scores[evaluation!.criterion]! > best.scores[evaluation!.criterion]!;
  for (const { epoch, scores } of evaluations?.kept ?? []) {
    if (isBetter(scores)) best = { epoch, scores, checkpoint: store.best };
  }

  const save = (path: string, step: number, state: TrainState) =>
    saveState(path, parameters, config, state, plan.position(step).epoch);

  /** After the metrics of its step, before its checkpoint: a run killed in between measures again. */
  async function evaluate(step: number, epoch: number, state: TrainState): Promise<void> {
    const scores = await evaluation!.run(state);
    lastScores = scores;
    await evaluations!.write({ step, epoch, scores });
    await events.writeScalars(step, scores);
    if (!isBetter(scores)) return;
    await save(store.best, step, state);
    best = { epoch, scores, checkpoint: store.best };
  }

  return {
    async record({ step, epoch, loss, lr, gradNorm, imagesPerSecond }, force) {
      if (step % config.metricsEverySteps === 0) {
        await metrics.write({ step, epoch, loss, lr, gradNorm });
        const speed: Record<string, number> = Number.isNaN(imagesPerSecond)
          ? {}
          : { images_per_second: imagesPerSecond };
        await events.writeScalars(step, { loss, lr, grad_norm: gradNorm, ...speed });
      }
      const { evaluates, saves } = dueAt(step, force, plan, evaluation);
      if (!evaluates && !saves) return;
      const state = await engine.readState();
      if (evaluates) await evaluate(step, epoch, state);
      if (!saves) return;
      const path = store.path(plan.position(step), step);
      await save(path, step, state);
      newest = path;
      await store.rotate(keepLast);
    },
    lastCheckpoint: () => newest,
    lastScores: () => lastScores,
    best: () => best,
  };
}
