import { createRandom, type Random } from '@mfm/data';
import { frequencyMask, type MfmTask } from '@mfm/models';
import { scatteredMask } from './scattered-mask.ts';

/** The task's part that decides masks. */
export type MaskTask = Pick<MfmTask, 'maskRadius1' | 'maskRadius2' | 'sampleRatio' | 'maskShape' | 'scatteredRatio'>;

/** Draws one mask. */
type Draw = (random: Random) => Uint8Array;

function radiusDraw(size: number, { maskRadius1, maskRadius2, sampleRatio }: MaskTask): Draw {
  const lowPass = frequencyMask(size, maskRadius1, maskRadius2);
  const highPass = lowPass.map((kept) => 1 - kept);
  return (random) => (random.uniform() < sampleRatio ? lowPass : highPass);
}

/** Every shape of mask. */
const DRAWS: Readonly<Record<NonNullable<MfmTask['maskShape']>, (size: number, task: MaskTask) => Draw>> = {
  radius: radiusDraw,
  scattered:
    (size, { scatteredRatio = 0.5 }) =>
    (random) =>
      scatteredMask(size, scatteredRatio, random),
};

/**
 * Makes the function that draws a batch's masks, one draw a sample: low-pass with probability `sampleRatio`, else its complement, or a
 * scattered mask. A draw depends on (seed, epoch, sample) alone, so that it is the same in whichever batch, engine or resumed run.
 *
 * @returns `(epoch, indices)` → uint8 `[N, size, size]`, 1 = frequency kept, 0 = masked, DC centred
 */
export function createMaskDraw(size: number, task: MaskTask, seed: number) {
  const draw = DRAWS[task.maskShape ?? 'radius'](size, task);
  return (epoch: number, indices: ArrayLike<number>): Uint8Array => {
    const masks = new Uint8Array(indices.length * size * size);
    for (let i = 0; i < indices.length; i++) {
      masks.set(draw(createRandom(seed, epoch, indices[i]!, 'mask')), i * size * size);
    }
    return masks;
  };
}
