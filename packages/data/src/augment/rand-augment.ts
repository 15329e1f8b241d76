import type { Image } from '../image/image.ts';
import type { Random } from '../random/random.ts';
import {
  type AugmentOperation,
  INCREASING_OPERATIONS,
  MAX_MAGNITUDE,
  OPERATIONS,
  type WarpSettings,
} from './operation-table.ts';

/** RandAugment (Cubuk et al. 2020) as timm 0.4.12 has it; plain data. */
export interface RandAugment {
  /** Mean magnitude, 0 … 10. */
  magnitude: number;
  /** Standard deviation of the magnitude. */
  std: number;
  /** Operations drawn per image. */
  numLayers: number;
  /** Takes the variants that grow stronger with the magnitude. */
  increasing: boolean;
  /** Draws operations by timm's weights, without replacement, instead of evenly; not with `increasing`. */
  weighted?: boolean;
}

/** Warps may take either, drawn each time. */
export interface AugmentSettings extends Omit<WarpSettings, 'interpolation'> {
  interpolation: 'bilinear' | 'bicubic' | 'random';
}

/** Probability that a drawn operation is applied. */
const PROBABILITY = 0.5;

const TABLES = [Object.values(OPERATIONS), Object.values(INCREASING_OPERATIONS)] as const;

function drawWeighted(operations: readonly AugmentOperation[], count: number, random: Random): AugmentOperation[] {
  const left = operations.filter(({ weight }) => weight > 0);
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    let target = random.uniform() * total;
    let index = left.findIndex(({ weight }) => {
      target -= weight;
      return target < 0;
    });
    if (index < 0) index = left.length - 1;
    return left.splice(index, 1)[0]!;
  });
}

function drawInterpolation({ interpolation, fill }: AugmentSettings, random: Random): WarpSettings {
  if (interpolation !== 'random') return { interpolation, fill };
  return { interpolation: random.integer(2) === 0 ? 'bilinear' : 'bicubic', fill };
}

/**
 * Draws `numLayers` operations and applies each with probability 0.5, at a normally distributed magnitude clipped to [0, 10].
 *
 * @param image changed in place
 * @param random the image's stream: all draws come from it
 */
export function randAugment(image: Image, options: RandAugment, settings: AugmentSettings, random: Random): void {
  const operations = TABLES[options.increasing ? 1 : 0];
  const chosen = options.weighted
    ? drawWeighted(operations, options.numLayers, random)
    : Array.from({ length: options.numLayers }, () => operations[random.integer(operations.length)]!);
  for (const { argument, apply } of chosen) {
    if (random.uniform() > PROBABILITY) continue;
    const drawn = options.std > 0 ? random.normal(options.magnitude, options.std) : options.magnitude;
    const value = argument(Math.min(MAX_MAGNITUDE, Math.max(0, drawn)), random);
    apply(image, value, drawInterpolation(settings, random));
  }
}
