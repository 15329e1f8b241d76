import type { Random } from '../random/random.ts';

/** A colour before noise, not clamped. */
export type Tint = [red: number, green: number, blue: number];

/** Random contrast around a random level: lighter and darker than the ground equally often, so that colour tells no class. */
export interface Colours {
  ground: Tint;
  figure: Tint;
}

/** A colour near a grey level. */
export const drawTint = (base: number, random: Random): Tint => [
  base + random.uniform(-35, 35),
  base + random.uniform(-35, 35),
  base + random.uniform(-35, 35),
];

/** @param contrast range of the difference between ground and figure, of 255 */
export function drawColours(random: Random, contrast: readonly [number, number] = [45, 90]): Colours {
  const level = random.uniform(70, 185);
  const step = random.uniform(...contrast) * (random.uniform() < level / 255 ? -1 : 1);
  return { ground: drawTint(level, random), figure: drawTint(level + step, random) };
}
