import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { UserError } from './user-error.ts';

/** Names under which systems install it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * Path of the system's Chromium: `CHROMIUM` of the environment, or the first of its usual names on the path; undefined where there is none.
 *
 * @throws UserError when `CHROMIUM` names no file
 */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const { CHROMIUM: given, PATH = '' } = environment;
  if (given !== undefined) {
    if (existsSync(given)) return given;
    throw new UserError(
      `findChromium: CHROMIUM must name an executable, got "${given}". Unset it or give another path.`,
    );
  }
  const candidates = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return candidates.find((path) => existsSync(path));
}
