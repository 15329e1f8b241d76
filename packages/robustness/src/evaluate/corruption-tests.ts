import { UserError } from '@mfm/cli';
import { SEVERITIES, type Severity, type TableSize } from '../corruption/corruption.ts';
import { CORRUPTIONS, findCorruption } from '../corruption/corruption-table.ts';
import type { CorruptionPool } from './corruption-pool.ts';
import { toPixels } from './test-batch.ts';
import type { TestCase } from './test-case.ts';

/** Which corruptions, how made. */
export interface CorruptionTestOptions {
  /** Names; default: all of the table. */
  readonly corruptions?: readonly string[];
  /** Default 1 to 5. */
  readonly severities?: readonly Severity[];
  /** Keys the draws of stochastic corruptions, with the image's index. */
  readonly seed: number;
  readonly tableSize: TableSize;
  /** What the pool's frost is made of, where that is not the procedural textures: part of what a result is kept under. */
  readonly frost?: 'photographs';
}

/**
 * A test `corruption/<name>/<severity>` for each, made in memory by the pool.
 *
 * @throws UserError for an unknown corruption or severity, or none
 */
export function corruptionTests(pool: CorruptionPool, options: CorruptionTestOptions): TestCase[] {
  const { seed, tableSize, frost, severities = SEVERITIES } = options;
  const corruptions = options.corruptions?.map(findCorruption) ?? CORRUPTIONS;
  const wrong = severities.find((severity) => !SEVERITIES.includes(severity));
  if (wrong !== undefined || severities.length === 0 || corruptions.length === 0) {
    const got = `${corruptions.length} corruptions, severities [${severities.join(', ')}]`;
    throw new UserError(
      `corruptionTests: at least one corruption and severities from ${SEVERITIES.join(', ')} are needed, got ${got}.`,
    );
  }
  return corruptions.flatMap(({ name }) =>
    severities.map(
      (severity): TestCase => ({
        id: `corruption/${name}/${severity}`,
        section: 'corruption',
        settings: { seed, tableSize, ...(frost && name === 'frost' && { frost }) },
        async transform(batch) {
          const { pixels, shape, indices, labels } = toPixels(batch);
          const corrupted = await pool.corrupt({ pixels, shape, indices, corruption: name, severity, seed, tableSize });
          return { kind: 'pixels', pixels: corrupted, shape, indices, labels };
        },
      }),
    ),
  );
}
