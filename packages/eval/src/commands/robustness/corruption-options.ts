import { availableParallelism } from 'node:os';
import { UserError } from '@mfm/cli';
import {
  CORRUPTIONS,
  corruptionTests,
  createCorruptionPool,
  findCorruption,
  nearestTableSize,
  SEVERITIES,
  type Severity,
} from '@mfm/robustness';
import type { RobustnessSection } from './robustness-section.ts';

/** Which corruptions, made in memory or published. */
export interface CorruptionOptions {
  /** Names, `all` or `none`. */
  readonly corruptions?: readonly string[] | 'all' | 'none';
  readonly severities?: readonly Severity[];
  readonly workers?: number;
}

function parseCorruptions(text: string): CorruptionOptions['corruptions'] {
  if (text === 'all' || text === 'none') return text;
  return text.split(',').map((name) => findCorruption(name.trim()).name);
}

function parseSeverities(text: string): Severity[] {
  return text.split(',').map((part) => {
    const severity = SEVERITIES.find((known) => String(known) === part.trim());
    if (severity) return severity;
    throw new UserError(`--severities: must be numbers from ${SEVERITIES.join(', ')}, got "${part}".`);
  });
}

/** Corruptions made in memory. */
export const corruptionSection: RobustnessSection<CorruptionOptions> = {
  addOptions: (command) =>
    command
      .option(
        '--corruptions <names>',
        `comma-separated, all or none; default: all, none where published ones are given. Known: ${CORRUPTIONS.map(({ name }) => name).join(',')}`,
        parseCorruptions,
      )
      .option('--severities <numbers>', 'comma-separated; default: 1,2,3,4,5', parseSeverities),
  async sharedTests({ corruptions = 'all', severities, workers }, { imageSize, seed }) {
    if (corruptions === 'none') return { tests: [] };
    const pool = createCorruptionPool(workers ?? availableParallelism());
    const tests = corruptionTests(pool, {
      ...{ seed, tableSize: nearestTableSize({ width: imageSize, height: imageSize }) },
      ...(corruptions !== 'all' && { corruptions }),
      ...(severities && { severities }),
    });
    return { tests, close: () => pool.close() };
  },
};
