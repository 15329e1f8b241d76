import { UserError } from '@mfm/cli';
import type { Batch, Loader } from '@mfm/data';
import type { Engine } from '../engine/engine.ts';
import type { Plan } from './plan.ts';
import { createMean, type StepReport } from './progress.ts';

/** What the loop works with. */
export interface LoopParts {
  plan: Plan;
  loader: Loader;
  engine: Engine;
  accumulationSteps: number;
  /** uint8 `[N, size, size]` for a batch's samples in an epoch. */
  drawMasks(epoch: number, indices: ArrayLike<number>): Uint8Array;
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

  const runBatch = async (epoch: number, batch: Batch, lr: number) => {
    const mask = parts.drawMasks(epoch, batch.indices);
    const metrics = await engine.step({ pixels: batch.pixels, mask }, lr);
    requireFinite(parts, step, lr, metrics);
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
      const lr = plan.learningRate(step);
      const metrics = await runBatch(epoch, batch, lr);
      loss += metrics.loss / accumulationSteps;
      accumulated += 1;
      if (accumulated < accumulationSteps) continue;
      step += 1;
      const imagesPerSecond = measureSpeed(batch.indices.length * accumulationSteps);
      const progress = { step, totalSteps: plan.totalSteps, epoch: step / plan.stepsPerEpoch, lr, imagesPerSecond };
      const stop = await parts.afterStep({ ...progress, loss, gradNorm: metrics.gradNorm });
      if (stop) return step;
      [accumulated, loss] = [0, 0];
      if (step % plan.stepsPerEpoch === 0) break;
    }
  }
  return step;
}
