import type { Random } from '@mfm/data';

/** What measures a perturbation: its largest change of a channel of a pixel, or its Euclidean length over all of them. */
export type Norm = 'linf' | 'l2';

/** The geometry of attacks under one norm. All arrays belong to one image, float32 `[3, H, W]`. */
export interface NormRow {
  readonly name: Norm;
  /** As it is printed. */
  readonly symbol: string;
  length(perturbation: Float32Array): number;
  /** Replaces a gradient by the perturbation of length 1 along which the loss rises fastest; zero stays zero. */
  steepest(gradient: Float32Array): void;
  /** Moves a perturbation to the nearest point of the ball. */
  project(perturbation: Float32Array, epsilon: number): void;
  /** Fills with a point drawn uniformly from the ball. */
  draw(random: Random, epsilon: number, out: Float32Array): void;
  /**
   * One projected step, in place: image ← clip(clean + Π(image − clean + step · steepest(gradient))), Π the nearest point of the ball. Clipping
   * to [0, 1] afterwards leaves no ball: it moves every value towards the clean one.
   *
   * @param step length, negative to lower the loss
   */
  move(image: Float32Array, clean: Float32Array, gradient: Float32Array, step: number, epsilon: number): void;
}

const clip = (value: number) => Math.min(1, Math.max(0, value));

function euclidean(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return Math.sqrt(sum);
}

const linf: NormRow = {
  name: 'linf',
  symbol: 'L∞',
  length(perturbation) {
    let largest = 0;
    for (let i = 0; i < perturbation.length; i++) largest = Math.max(largest, Math.abs(perturbation[i]!));
    return largest;
  },
  steepest(gradient) {
    for (let i = 0; i < gradient.length; i++) gradient[i] = Math.sign(gradient[i]!);
  },
  project(perturbation, epsilon) {
    for (let i = 0; i < perturbation.length; i++) {
      perturbation[i] = Math.min(epsilon, Math.max(-epsilon, perturbation[i]!));
    }
  },
  draw(random, epsilon, out) {
    for (let i = 0; i < out.length; i++) out[i] = random.uniform(-epsilon, epsilon);
  },
  move(image, clean, gradient, step, epsilon) {
    for (let i = 0; i < image.length; i++) {
      const [slope, centre] = [gradient[i]!, clean[i]!];
      const moved = image[i]! + (slope > 0 ? step : slope < 0 ? -step : 0);
      image[i] = clip(Math.min(centre + epsilon, Math.max(centre - epsilon, moved)));
    }
  },
};

const l2: NormRow = {
  name: 'l2',
  symbol: 'L2',
  length: euclidean,
  steepest(gradient) {
    const length = euclidean(gradient);
    if (length === 0) return;
    for (let i = 0; i < gradient.length; i++) gradient[i]! /= length;
  },
  project(perturbation, epsilon) {
    const length = euclidean(perturbation);
    if (length <= epsilon) return;
    const scale = epsilon / length;
    for (let i = 0; i < perturbation.length; i++) perturbation[i]! *= scale;
  },
  draw(random, epsilon, out) {
    for (let i = 0; i < out.length; i++) out[i] = random.normal();
    // The share of the ball's volume within r is (r / ε)ⁿ.
    const scale = (epsilon * random.uniform() ** (1 / out.length)) / (euclidean(out) || 1);
    for (let i = 0; i < out.length; i++) out[i]! *= scale;
  },
  move(image, clean, gradient, step, epsilon) {
    const slope = euclidean(gradient);
    const scale = slope === 0 ? 0 : step / slope;
    let sum = 0;
    for (let i = 0; i < image.length; i++) {
      const change = image[i]! - clean[i]! + scale * gradient[i]!;
      sum += change * change;
    }
    const shrink = Math.min(1, epsilon / Math.sqrt(sum || 1));
    for (let i = 0; i < image.length; i++) {
      image[i] = clip(clean[i]! + shrink * (image[i]! - clean[i]! + scale * gradient[i]!));
    }
  },
};

/** Every norm by its name. */
export const NORMS: Readonly<Record<Norm, NormRow>> = { linf, l2 };
