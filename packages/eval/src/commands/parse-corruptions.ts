import { UserError } from '@mfm/cli';
import { CORRUPTIONS, findCorruption, SEVERITIES, type Severity } from '@mfm/robustness';

/** Corruptions by name, or all or none of them. */
export type ChosenCorruptions = readonly string[] | 'all' | 'none';

/** @throws UserError for an unknown name, offering the nearest */
export function parseCorruptions(text: string): ChosenCorruptions {
  if (text === 'all' || text === 'none') return text;
  return text.split(',').map((name) => findCorruption(name.trim()).name);
}

/**
 * The names of those chosen, where there has to be one.
 *
 * @throws UserError for none
 */
export function corruptionNames(chosen: ChosenCorruptions): readonly string[] {
  if (chosen === 'all') return CORRUPTIONS.map(({ name }) => name);
  if (chosen === 'none') throw new UserError('--corruptions: must name at least one, got "none".');
  return chosen;
}

/** @throws UserError for anything but 1 to 5 */
export function parseSeverities(text: string): Severity[] {
  return text.split(',').map((part) => {
    const severity = SEVERITIES.find((known) => String(known) === part.trim());
    if (severity) return severity;
    throw new UserError(`--severities: must be numbers from ${SEVERITIES.join(', ')}, got "${part}".`);
  });
}
