import { createRandom } from '@mfm/data';
import { frequencyMask } from '@mfm/models';

/** The task's part that decides masks. */
export interface MaskTask {
  maskRadius1: number;
  maskRadius2: number;
  /** Probability of the low-pass mask. */
  sampleRatio: number;
}

/**
 * Makes the function that draws a batch's masks: one draw a sample, low-pass with probability `sampleRatio`, else its complement. A
 * draw depends on (seed, epoch, sample) alone, so that it is the same in whichever batch, engine or resumed run.
 *
 * @returns `(epoch, indices)` → uint8 `[N, size, size]`, 1 = frequency kept, 0 = masked, DC centred
 */
export function createMaskDraw(size: number, task: MaskTask, seed: number) {
  const lowPass = frequencyMask(size, task.maskRadius1, task.maskRadius2);
  const highPass = lowPass.map((kept) => 1 - kept);
  return (epoch: number, indices: ArrayLike<number>): Uint8Array => {
    const masks = new Uint8Array(indices.length * size * size);
    for (let i = 0; i < indices.length; i++) {
      const isLowPass = createRandom(seed, epoch, indices[i]!, 'mask').uniform() < task.sampleRatio;
      masks.set(isLowPass ? lowPass : highPass, i * size * size);
    }
    return masks;
  };
}
