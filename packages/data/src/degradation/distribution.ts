import { UserError } from '@mfm/cli';
import type { Random } from '../random/random.ts';

/** Values drawn uniformly from [low, high]. */
export type Range = readonly [low: number, high: number];

/**
 * Checks a range: low ≤ high, both finite and at least `minimum` (above it if `open`).
 *
 * @throws UserError naming the setting
 */
export function checkRange(name: string, range: Range, minimum: number, open = false): void {
  const [low, high] = range;
  const inside = open ? low > minimum : low >= minimum;
  if (range.length === 2 && inside && low <= high && Number.isFinite(high)) return;
  const bound = Number.isFinite(minimum) ? ` ${open ? 'above' : 'of at least'} ${minimum}` : '';
  throw new UserError(
    `degradeImage: ${name} must be a range [low, high] of numbers${bound}, got [${range.join(', ')}].`,
  );
}

/**
 * Checks a list of choices with a probability for each.
 *
 * @throws UserError naming the setting, for a choice that is not known, or probabilities that do not fit or add up to 1
 */
export function checkChoices(
  names: readonly [choices: string, chances: string],
  choices: readonly string[],
  chances: readonly number[],
  known: readonly string[],
): void {
  const stranger = choices.find((choice) => !known.includes(choice));
  if (stranger !== undefined) {
    throw new UserError(`degradeImage: ${names[0]} must be of ${known.join(', ')}, got "${stranger}".`);
  }
  const total = chances.reduce((sum, chance) => sum + chance, 0);
  if (chances.length === choices.length && chances.every((chance) => chance >= 0) && Math.abs(total - 1) < 1e-6) return;
  throw new UserError(
    `degradeImage: ${names[1]} must be a probability for each of ${names[0]} (${choices.length}), 1 in all, got [${chances.join(', ')}].`,
  );
}

/** @throws UserError unless `value` is in [0, 1] */
export function checkProbability(name: string, value: number): void {
  if (value >= 0 && value <= 1) return;
  throw new UserError(`degradeImage: ${name} must be a probability in [0, 1], got ${value}.`);
}

/** Draws one of the choices with its probability. */
export function choose<T>(choices: readonly T[], chances: readonly number[], random: Random): T {
  let left = random.uniform();
  let last = 0;
  for (const [index, chance] of chances.entries()) {
    if (chance === 0) continue;
    // What rounding leaves of the total goes to the last choice that has a chance.
    last = index;
    if (left < chance) break;
    left -= chance;
  }
  return choices[last]!;
}
