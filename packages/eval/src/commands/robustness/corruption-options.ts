import { availableParallelism } from 'node:os';
import {
  CORRUPTIONS,
  corruptionTests,
  createCorruptionPool,
  loadFrostPhotographs,
  nearestTableSize,
  type Severity,
} from '@mfm/robustness';
import { type ChosenCorruptions, parseCorruptions, parseSeverities } from '../parse-corruptions.ts';
import type { RobustnessSection } from './robustness-section.ts';

/** Which corruptions, made in memory or published. */
export interface CorruptionOptions {
  /** Names, `all` or `none`. */
  readonly corruptions?: ChosenCorruptions;
  readonly severities?: readonly Severity[];
  readonly workers?: number;
  /** Folder of the reference's photographs of frost. */
  readonly frost?: string;
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
      .option('--severities <numbers>', 'comma-separated; default: 1,2,3,4,5', parseSeverities)
      .option('--frost <folder>', "the reference's photographs, frost1.png … frost5.jpg; default: procedural textures"),
  async sharedTests({ corruptions = 'all', severities, workers, frost }, { imageSize, seed }) {
    if (corruptions === 'none') return { tests: [] };
    const frostTextures = frost === undefined ? undefined : await loadFrostPhotographs(frost);
    const pool = createCorruptionPool(workers ?? availableParallelism(), { frostTextures });
    const tests = corruptionTests(pool, {
      ...{ seed, tableSize: nearestTableSize({ width: imageSize, height: imageSize }) },
      ...(corruptions !== 'all' && { corruptions }),
      ...(severities && { severities }),
      ...(frost !== undefined && { frost: 'photographs' as const }),
    });
    return { tests, close: () => pool.close() };
  },
};
