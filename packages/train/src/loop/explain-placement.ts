import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '@mfm/cli';
import { type Placement, readPlacement } from '@mfm/onnx';
import type { TrainConfig } from '../config/train-config.ts';
import { openParts } from './open-parts.ts';

/**
 * Runs one training step of a configuration on its device, and tells on which provider each operator ran. Writes no run directory.
 *
 * @throws UserError for an engine that has no providers, and for what a run would not begin with
 */
export async function explainPlacement(config: TrainConfig): Promise<Placement[]> {
  if (config.engine !== 'onnxruntime') {
    throw new UserError(`--explain-placement: needs --engine onnxruntime, got "${config.engine}".`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'mfm-placement-'));
  try {
    // The graph that updates: with accumulation the step would be the other one.
    const parts = await openParts({ ...config, accumulationSteps: 1 }, undefined, { profile: join(folder, 'profile') });
    try {
      for await (const batch of parts.loader.epoch(0)) {
        await parts.engine.step(parts.job.prepare(0, batch), parts.plan.learningRates(0));
        break;
      }
    } finally {
      await parts.close();
    }
    const [profile] = await readdir(folder);
    return readPlacement(join(folder, profile!));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
