import { readdir } from 'node:fs/promises';
import { UserError } from '@mfm/cli';

/** What a folder holds, for a message. */
export function describeNames(names: readonly string[]): string {
  if (names.length === 0) return 'an empty folder';
  return `${names.length} entries: ${names.slice(0, 4).join(', ')}${names.length > 4 ? ', …' : ''}`;
}

/**
 * Names in a folder, sorted, hidden ones left out.
 *
 * @param set name of the data set, for the message
 * @throws UserError when there is no such folder
 */
export async function listNames(folder: string, set: string, layout: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  } catch (error) {
    throw new UserError(
      `${set}: "${folder}" must be a folder of ${layout}, got ${(error as NodeJS.ErrnoException).code}. Check the path.`,
    );
  }
}
