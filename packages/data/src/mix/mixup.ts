import { UserError } from '@mfm/cli';
import type { WholeBatch } from '../loader/batch.ts';
import type { Random } from '../random/random.ts';
import { drawBeta } from './beta.ts';
import { drawCutmixBox, drawMinMaxBox } from './cutmix-box.ts';
import { applyMixings, type Mixing } from './mixing.ts';
import { mixTargets } from './soft-targets.ts';

/** Which samples share one draw: the whole batch, a sample and its partner, or none. */
export type MixMode = 'batch' | 'pair' | 'elem';

/** Mixup and cutmix as timm 0.4.12's `Mixup`; the defaults are those of the official fine-tuning configurations. */
export interface MixOptions {
  /** Number of classes K. */
  classes: number;
  /** λ of mixup is drawn from Beta(α, α); 0 switches mixup off. Default 0.8. */
  mixupAlpha?: number;
  /** The same for cutmix. Default 1. */
  cutmixAlpha?: number;
  /** Range of the cut's sides as shares of the image's, in place of λ; switches cutmix on. Default none. */
  cutmixMinMax?: readonly [number, number] | undefined;
  /** Probability that a draw mixes at all. Default 1. */
  probability?: number;
  /** Probability of cutmix where both are on. Default 0.5. */
  switchProbability?: number;
  /** Default 'batch'. */
  mode?: MixMode;
  /** Sets λ to the share that was really kept of an image whose cut reaches beyond its border. Default true. */
  correctLambda?: boolean;
  /** Label smoothing s in [0, 1). Default 0.1. */
  labelSmoothing?: number;
  /** Where the images are a part of a batch: their places in the whole, of which n and N − 1 − n stay together. Default: they are the whole. */
  whole?: Pick<WholeBatch, 'slots' | 'size'> | undefined;
}

/** Every mode: the plans of `count` samples, of which n and count − 1 − n are partners. */
const MODES: Record<MixMode, (count: number, draw: () => Mixing) => Mixing[]> = {
  batch: (count, draw) => new Array<Mixing>(count).fill(draw()),
  pair: (count, draw) => {
    const half = Array.from({ length: count / 2 }, draw);
    return [...half, ...half.toReversed()];
  },
  elem: (count, draw) => Array.from({ length: count }, draw),
};

function cutmix(lambda: number, size: number, options: MixOptions, random: Random): Mixing {
  const { cutmixMinMax, correctLambda = true } = options;
  const box = cutmixMinMax ? drawMinMaxBox(size, cutmixMinMax, random) : drawCutmixBox(size, lambda, random);
  const kept = 1 - (box.width * box.height) / (size * size);
  return { lambda: correctLambda || cutmixMinMax ? kept : lambda, box };
}

/**
 * Draws how one sample (or pair, or batch) is mixed.
 *
 * @param size side of the images in pixels
 */
export function drawMixing(size: number, options: MixOptions, random: Random): Mixing {
  const { mixupAlpha = 0.8, probability = 1, switchProbability = 0.5 } = options;
  const cutmixAlpha = options.cutmixMinMax ? 1 : (options.cutmixAlpha ?? 1);
  if (random.uniform() >= probability) return { lambda: 1 };
  const useCutmix = cutmixAlpha > 0 && (mixupAlpha <= 0 || random.uniform() < switchProbability);
  const lambda = drawBeta(useCutmix ? cutmixAlpha : mixupAlpha, random);
  return useCutmix && lambda < 1 ? cutmix(lambda, size, options, random) : { lambda };
}

function checkOptions({ classes, mixupAlpha = 0.8, cutmixAlpha = 1, cutmixMinMax, mode = 'batch' }: MixOptions): void {
  if (!Number.isInteger(classes) || classes < 1) {
    throw new UserError(`mixBatch: classes must be a positive integer, got ${classes}.`);
  }
  if (!(mixupAlpha >= 0 && cutmixAlpha >= 0) || (mixupAlpha === 0 && cutmixAlpha === 0 && !cutmixMinMax)) {
    const got = `mixupAlpha ${mixupAlpha} and cutmixAlpha ${cutmixAlpha}`;
    throw new UserError(
      `mixBatch: a mixing alpha must be above 0 and none below, got ${got}. Use smoothTargets instead.`,
    );
  }
  if (cutmixMinMax && !(cutmixMinMax[0] >= 0 && cutmixMinMax[0] <= cutmixMinMax[1] && cutmixMinMax[1] <= 1)) {
    throw new UserError(`mixBatch: cutmixMinMax must be a range within [0, 1], got [${cutmixMinMax.join(', ')}].`);
  }
  if (!Object.hasOwn(MODES, mode)) {
    throw new UserError(`mixBatch: mode must be one of ${Object.keys(MODES).join(', ')}, got "${mode}".`);
  }
}

/**
 * Mixes every image of a batch with the one as far from the other end (mixup: Zhang et al. 2018; cutmix: Yun et al. 2019),
 * as timm 0.4.12's `Mixup`, and makes the soft targets that go with it.
 *
 * @param images float32 `[N, 3, S, S]`, normalised or not; mixed in place
 * @param labels `[N]` class indices
 * @param random the batch's stream: all draws come from it
 * @returns the same `images`, and `targets` float32 `[N, K]` with label smoothing
 * @throws UserError for an odd N, images that are not squares of three channels, or impossible options
 */
export function mixBatch<Buffer extends ArrayBufferLike>(
  images: Float32Array<Buffer>,
  labels: Int32Array,
  options: MixOptions,
  random: Random,
): { images: Float32Array<Buffer>; targets: Float32Array<ArrayBuffer> } {
  checkOptions(options);
  const count = labels.length;
  if (count === 0 || count % 2 !== 0) {
    throw new UserError(
      `mixBatch: the batch size must be even, got ${count}. Choose an even one and drop the last batch.`,
    );
  }
  const size = Math.sqrt(images.length / (3 * count));
  if (!Number.isInteger(size)) {
    throw new UserError(`mixBatch: images must be [${count}, 3, S, S], got ${images.length} values.`);
  }
  const { mode = 'batch', whole } = options;
  const plans = MODES[mode](whole?.size ?? count, () => drawMixing(size, options, random));
  const mixings = whole ? Array.from(whole.slots, (slot) => plans[slot]!) : plans;
  applyMixings(images, size, mixings);
  const lambdas = mixings.map(({ lambda }) => lambda);
  return { images, targets: mixTargets(labels, lambdas, options.classes, options.labelSmoothing ?? 0.1) };
}
