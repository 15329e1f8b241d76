import type { Head } from './head.ts';
import { takesMask } from './image-input.ts';

/**
 * One step of pre-training: forward, backward, clipping, AdamW. The state goes in and comes out, so that any runtime trains by feeding
 * `next.<name>` for `<name>` in the following step.
 */
export const trainStep: Head = {
  description:
    'image in [0, 1], mask, lr, step (from 1), state (model.*, optimizer.*) → loss, grad_norm, next.<state>, corrupted, reconstruction; ' +
    'of one batch size (--batch, default 8); the initial model.* are written to a .safetensors file beside it',
  needs: 'a pre-training model with masks (filter mfm)',
  fits: takesMask,
  fixedBatch: 8,
  trains: true,
  graph: async () => (await import('./train-step-graph.ts')).trainStepGraph,
};
