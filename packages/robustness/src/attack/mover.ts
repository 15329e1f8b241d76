import type { AttackSettings } from './attack.ts';
import { createBandMover } from './band-mover.ts';
import type { ImageShape } from './gradient-classifier.ts';
import { NORMS } from './norm.ts';
import { startRandom } from './start-random.ts';

/** The state of a gradient attack on a batch: where each image stands, and how it moves. */
export interface Mover {
  /** Images shown to the model, float32 `[N, 3, H, W]` in [0, 1]. */
  readonly images: Float32Array;
  /** Moves image i one step along its gradient, which may be written over. @param step length, negative to lower the loss */
  move(i: number, gradient: Float32Array, step: number): void;
}

/** Where a restart begins, and under what limits. */
export interface MoverOptions extends Pick<AttackSettings, 'norm' | 'epsilon' | 'band'> {
  /** Draws of each image; without it the attack begins at the clean images. */
  readonly start?: { readonly seed: number; readonly restart: number; readonly indices: Int32Array } | undefined;
}

function createBallMover(clean: Float32Array, [count]: ImageShape, { norm, epsilon, start }: MoverOptions): Mover {
  const row = NORMS[norm];
  const images = clean.slice();
  const length = images.length / count;
  const at = (values: Float32Array, i: number) => values.subarray(i * length, (i + 1) * length);
  if (start) {
    const noise = new Float32Array(length);
    for (let i = 0; i < count; i++) {
      row.draw(startRandom(start, i), epsilon, noise);
      const image = at(images, i);
      for (let p = 0; p < length; p++) image[p] = Math.min(1, Math.max(0, image[p]! + noise[p]!));
    }
  }
  return {
    images,
    move: (i, gradient, step) => row.move(at(images, i), at(clean, i), gradient, step, epsilon),
  };
}

/** Begins a gradient attack, in a band of frequencies where one is given. */
export function createMover(clean: Float32Array, shape: ImageShape, options: MoverOptions): Mover {
  return options.band ? createBandMover(clean, shape, options.band, options) : createBallMover(clean, shape, options);
}
