import { UserError } from '@mfm/cli';

/**
 * Reads a comma-separated list of whole numbers, such as `1,2,4`.
 *
 * @throws UserError for anything else, and for a number below `least`
 */
export function parseCounts(option: string, text: string, least = 1): number[] {
  const counts = text.split(',').map(Number);
  const wrong = counts.find((count) => !Number.isInteger(count) || count < least);
  if (wrong === undefined) return counts;
  throw new UserError(`${option}: must be whole numbers of at least ${least}, comma-separated, got "${text}".`);
}
