import { UserError } from '@mfm/cli';
import { findCorruption, SEVERITIES, type Severity } from '@mfm/robustness';

/** Corruptions by name, or all or none of them. */
export type ChosenCorruptions = readonly string[] | 'all' | 'none';

/** @throws UserError for an unknown name, offering the nearest */
export function parseCorruptions(text: string): ChosenCorruptions {
  if (text === 'all' || text === 'none') return text;
  return text.split(',').map((name) => findCorruption(name.trim()).name);
}

/** @throws UserError for anything but 1 to 5 */
export function parseSeverities(text: string): Severity[] {
  return text.split(',').map((part) => {
    const severity = SEVERITIES.find((known) => String(known) === part.trim());
    if (severity) return severity;
    throw new UserError(`--severities: must be numbers from ${SEVERITIES.join(', ')}, got "${part}".`);
  });
}
