import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where the loader looks besides the environment and its cache, by Linux distributions' habits. */
const SYSTEM_FOLDERS = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/usr/local/lib',
];

/** The loader's cache: `name (flags) => path` a line. Empty where there is no such command. */
function loaderCache(): ReadonlyMap<string, string> {
  for (const command of ['ldconfig', '/sbin/ldconfig']) {
    try {
      const text = execFileSync(command, ['-p'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      return new Map([...text.matchAll(/^\s*(\S+) \(.*\) => (\S+)$/gm)].map(([, name, path]) => [name!, path!]));
    } catch {
      // Not on the path of an ordinary user, or not Linux.
    }
  }
  return new Map();
}

/** Finds a shared library as the dynamic loader would: its path, or undefined. */
export type FindLibrary = (soname: string) => string | undefined;

/**
 * Makes a search over `LD_LIBRARY_PATH`, the loader's cache and the system's folders. Linux; elsewhere nothing is found.
 *
 * @param environment default this process's
 */
export function libraryFinder(environment: NodeJS.ProcessEnv = process.env): FindLibrary {
  const folders = (environment.LD_LIBRARY_PATH ?? '').split(delimiter).filter(Boolean);
  let cache: ReadonlyMap<string, string> | undefined;
  const first = (candidates: readonly string[], soname: string) =>
    candidates.map((folder) => join(folder, soname)).find((path) => existsSync(path));
  return (soname) => {
    cache ??= loaderCache();
    return first(folders, soname) ?? cache.get(soname) ?? first(SYSTEM_FOLDERS, soname);
  };
}
