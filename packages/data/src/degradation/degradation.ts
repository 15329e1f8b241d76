import type { Random } from '../random/random.ts';
import type { PlanarImage } from './planar-image.ts';

/** How one type of degradation works; `S` is its plain description. */
export interface Degradation<S> {
  /** Throws a UserError when the description is out of range, or cannot be had of images of `size` pixels a side. */
  check(spec: S, size: number): void;
  /** Draws what is random and degrades the image; returns float32 `[C, H, W]`. */
  apply(image: PlanarImage, spec: S, random: Random): Float32Array;
}
