import { UserError } from '@mfm/cli';
import type { Batch, Loader } from '@mfm/data';
import type { Engine, EngineBatch } from '../engine/engine.ts';
import type { Plan } from './plan.ts';
import { createMean, type StepReport } from './progress.ts';

/** What the loop works with. */
export interface LoopParts {
  plan: Plan;
  loader: Loader;
  engine: Engine;
  accumulationSteps: number;
  /** Images of a batch, of all ranks together. */
  batchSize: number;
  /** Whether this process checks and reports; of several ranks one does. */
  isRoot: boolean;
  /** What the step is fed for a batch. */
  prepare(epoch: number, batch: Batch): EngineBatch;
  /** Called after every optimiser step, in order; true ends the training there. */
  afterStep(report: StepReport): Promise<boolean>;
  /** Newest checkpoint, for the message when the loss is lost. */
  lastCheckpoint(): string | undefined;
}

function requireFinite(parts: LoopParts, step: number, lr: number, values: { loss: number; gradNorm: number }): void {
  for (const [name, value] of Object.entries({ loss: values.loss, 'gradient norm': values.gradNorm })) {
    if (Number.isFinite(value)) continue;
    const last = parts.lastCheckpoint();
    throw new UserError(
      `train: the ${name} must stay finite, got ${value} in step ${step} (learning rate ${lr.toExponential(2)}). ` +
        `Last good checkpoint: ${last ?? 'none yet'}. Try a lower learning rate (--lr) in a new run.`,
    );
  }
}

/**
 * Trains from step `startStep` to the end of the plan, or until `afterStep` ends it.
 *
 * @returns steps made over the whole run
 * @throws UserError when loss or gradient are not finite; the state on disk is then still the last good one
 */
export async function trainSteps(parts: LoopParts, startStep: number): Promise<number> {
  const { plan, loader, engine, accumulationSteps } = parts;
  const meanSpeed = createMean();
  let step = startStep;
  let last = performance.now();

  const runBatch = async (epoch: number, batch: Batch, lrs: readonly number[]) => {
    const metrics = await engine.step(parts.prepare(epoch, batch), lrs);
    // Every rank has the same numbers: one says it and ends the others.
    if (parts.isRoot) requireFinite(parts, step, lrs[0]!, metrics);
    return metrics;
  };

  const measureSpeed = (images: number) => {
    const now = performance.now();
    const speed = (images * 1000) / (now - last);
    last = now;
    // The first step compiles and touches memory for the first time.
    return step === startStep + 1 ? Number.NaN : meanSpeed(speed);
  };

  while (step < plan.totalSteps) {
    const { epoch, batch: fromBatch } = plan.position(step);
    let accumulated = 0;
    let loss = 0;
    for await (const batch of loader.epoch(epoch, fromBatch)) {
      const lrs = plan.learningRates(step);
      const metrics = await runBatch(epoch, batch, lrs);
      loss += metrics.loss / accumulationSteps;
      accumulated += 1;
      if (accumulated < accumulationSteps) continue;
      step += 1;
      const imagesPerSecond = measureSpeed(parts.batchSize * accumulationSteps);
      const progress = {
        step,
        totalSteps: plan.totalSteps,
        epoch: step / plan.stepsPerEpoch,
        lr: lrs[0]!,
        imagesPerSecond,
      };
      const stop = await parts.afterStep({ ...progress, loss, gradNorm: metrics.gradNorm });
      if (stop) return step;
      [accumulated, loss] = [0, 0];
      if (step % plan.stepsPerEpoch === 0 || step === plan.totalSteps) break;
    }
  }
  return step;
}
