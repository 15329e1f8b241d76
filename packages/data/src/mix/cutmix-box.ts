import type { Box } from '../image/resample.ts';
import type { Random } from '../random/random.ts';

const { floor, max, min, sqrt } = Math;

/** Half of the cut on either side of the centre, clipped to the image; an odd cut loses a pixel, as in timm. */
function around(centre: number, cut: number, size: number): [start: number, length: number] {
  const start = max(0, centre - floor(cut / 2));
  return [start, min(size, centre + floor(cut / 2)) - start];
}

/**
 * The rectangle that cutmix replaces: its sides are √(1 − λ) of the image's, its centre uniform over the pixels, and what
 * reaches beyond the border is cut off. timm 0.4.12's `rand_bbox`.
 *
 * @param size side of the square image in pixels
 * @param lambda share of the image that stays, [0, 1]
 */
export function drawCutmixBox(size: number, lambda: number, random: Random): Box {
  const cut = Math.trunc(size * sqrt(1 - lambda));
  const [top, height] = around(random.integer(size), cut, size);
  const [left, width] = around(random.integer(size), cut, size);
  return { left, top, width, height };
}

/**
 * A rectangle inside the image whose sides are uniform in the range: timm 0.4.12's `rand_bbox_minmax`.
 *
 * @param range lowest and highest share of the image's side, within [0, 1]
 */
export function drawMinMaxBox(size: number, [low, high]: readonly [number, number], random: Random): Box {
  const [shortest, longest] = [Math.trunc(size * low), Math.trunc(size * high)];
  const height = shortest + random.integer(max(1, longest - shortest));
  const width = shortest + random.integer(max(1, longest - shortest));
  const top = random.integer(size - height);
  return { left: random.integer(size - width), top, width, height };
}
