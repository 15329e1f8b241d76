import { BENCHMARK_SETS, type BenchmarkPart } from '@mfm/robustness';
import type { Command } from '../eval-command.ts';
import type { CorruptionOptions } from './corruption-options.ts';

/** Folders of published data sets, by option name as commander writes it. */
export type BenchmarkOptions = Readonly<Record<string, unknown>>;

/** commander's name of an option: `imagenet-v2` → `imagenetV2`. */
const camelCase = (name: string) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Declares an option for each data set. */
export function withBenchmarkOptions(command: Command): Command {
  return BENCHMARK_SETS.reduce(
    (own, { name, title, layout }) => own.option(`--${name} <dir>`, `${title}: ${layout}`),
    command,
  );
}

/** Folders that were given, by data set. */
export function givenFolders(options: BenchmarkOptions): Map<string, string> {
  const given = BENCHMARK_SETS.map(({ name }) => [name, options[camelCase(name)]] as const);
  return new Map(given.filter((row): row is readonly [string, string] => typeof row[1] === 'string'));
}

/**
 * Looks at every folder that was given.
 *
 * @throws UserError saying what was expected in it and what was found
 */
export async function benchmarkParts(
  options: BenchmarkOptions & CorruptionOptions & { readonly skipBad?: boolean },
): Promise<BenchmarkPart[]> {
  const { corruptions, severities, skipBad } = options;
  const folders = givenFolders(options);
  const parts: BenchmarkPart[] = [];
  for (const set of BENCHMARK_SETS) {
    const folder = folders.get(set.name);
    if (folder === undefined) continue;
    const names = typeof corruptions === 'string' ? undefined : corruptions;
    parts.push(...(await set.parts(folder, { corruptions: names, severities, skipBad })));
  }
  return parts;
}
