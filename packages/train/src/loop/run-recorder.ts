import type { TrainConfig } from '../config/train-config.ts';
import { type CheckpointStore, openCheckpointStore } from '../run-directory/checkpoint-store.ts';
import { openEventFile } from '../run-directory/event-file.ts';
import { openMetricsFile } from '../run-directory/metrics-file.ts';
import { writeRunConfig } from '../run-directory/run-directory.ts';
import type { RunParts } from './open-parts.ts';
import type { StepReport } from './progress.ts';
import { saveState } from './train-state.ts';

/** Writes what a run leaves behind. */
export interface RunRecorder {
  /** Records a step: metrics, and the checkpoint when it is due or `force`d. */
  record(report: StepReport, force: boolean): Promise<void>;
  /** Newest checkpoint; undefined before the first. */
  lastCheckpoint(): string | undefined;
}

/**
 * Starts recording into the run directory: writes `config.json`, cuts metrics off at the step the run goes on from, clears what killed
 * processes left.
 *
 * @param checkpoint the one that the run goes on from
 */
export async function startRecorder(
  folder: string,
  config: TrainConfig,
  { model, plan, engine, startStep }: RunParts,
  checkpoint: string | undefined,
): Promise<RunRecorder> {
  const { keepLast } = config.checkpoint;
  const store: CheckpointStore = openCheckpointStore(folder);
  await writeRunConfig(folder, config);
  await store.rotate(keepLast);
  const metrics = await openMetricsFile(folder, startStep);
  const events = await openEventFile(folder, startStep);
  let newest = checkpoint;

  const save = async (step: number) => {
    const position = plan.position(step);
    const path = store.path(position, step);
    await saveState(path, model, config, await engine.readState(), position.epoch);
    newest = path;
    await store.rotate(keepLast);
  };
  return {
    async record({ step, epoch, loss, lr, gradNorm, imagesPerSecond }, force) {
      if (step % config.metricsEverySteps === 0) {
        await metrics.write({ step, epoch, loss, lr, gradNorm });
        const speed: Record<string, number> = Number.isNaN(imagesPerSecond)
          ? {}
          : { images_per_second: imagesPerSecond };
        await events.writeScalars(step, { loss, lr, grad_norm: gradNorm, ...speed });
      }
      if (force || plan.isCheckpointDue(step)) await save(step);
    },
    lastCheckpoint: () => newest,
  };
}
