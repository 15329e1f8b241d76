import { execFileSync } from 'node:child_process';
import { findChromium, oneLine } from '@mfm/cli';
import type { Finding } from './finding.ts';

/** The browser that `pnpm test:web` and `pnpm interop` drive; `pnpm web` runs in any. */
export function checkChromium(): Finding[] {
  const name = 'Chromium';
  const advice =
    'Needed for "pnpm test:web" and "pnpm interop" alone. Debian: apt-get install chromium; elsewhere set CHROMIUM to its path.';
  try {
    const path = findChromium();
    if (!path) return [{ name, status: 'absent', detail: 'not on the path', advice }];
    const version = execFileSync(path, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return [{ name, status: 'ok', detail: `${version.trim()} (${path})` }];
  } catch (error) {
    return [{ name, status: 'broken', detail: `does not start: ${oneLine((error as Error).message)}`, advice }];
  }
}
