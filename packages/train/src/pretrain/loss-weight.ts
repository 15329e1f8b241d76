import type { PretextTask } from '@mfm/models';
import type { EngineBatch } from '../engine/engine.ts';

/** Frequencies masked in a batch, in images' worth. @param mask uint8 [N, size, size], 1 = kept, 0 = masked */
function maskedImages(mask: Uint8Array | Float32Array, imageSize: number): number {
  let masked = 0;
  for (const kept of mask) if (kept === 0) masked++;
  return masked / imageSize ** 2;
}

/**
 * What the loss of a batch is a mean over, so that the losses of parts of a batch, weighted by it, give the loss of the whole: the masked
 * frequencies; where every image counts the same, 1 for parts of one size.
 */
export function createLossWeight(task: PretextTask, imageSize: number): (batch: EngineBatch) => number {
  if (task.target !== 'masked' || task.loss?.perSampleMean) return () => 1;
  return ({ mask }) => maskedImages(mask!, imageSize);
}
