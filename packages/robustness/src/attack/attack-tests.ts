import { type ImageBatch, type TestBatch, toImages } from '../evaluate/test-batch.ts';
import type { TestCase } from '../evaluate/test-case.ts';
import type { Attack, AttackSettings } from './attack.ts';
import { type GivenSettings, resolveSettings } from './attack-table.ts';
import type { FloatClassifier, ImageShape } from './gradient-classifier.ts';
import { perturbationSizes } from './perturbation.ts';
import { attackImages } from './run-attack.ts';

/** An attack with what its user chose of it. */
export interface ChosenAttack {
  readonly attack: Attack;
  readonly given?: GivenSettings;
}

export interface AttackTestOptions {
  /** Side of the square images in pixels: some defaults depend on it. */
  readonly imageSize: number;
  readonly seed: number;
  /** SHA-256 of the file that gradients come from: results of other gradients are not used. */
  readonly gradientModel?: string;
}

async function attackBatch(
  attack: Attack,
  settings: AttackSettings,
  model: FloatClassifier,
  batch: TestBatch,
): Promise<ImageBatch> {
  const clean = toImages(batch);
  const shape: ImageShape = [clean.shape[0], 3, clean.shape[2], clean.shape[3]];
  const { images, queries, classes } = await attackImages(attack, model, { ...clean, shape }, settings);
  const measured = {
    ...clean.measured,
    ...perturbationSizes(clean.images, images, shape, settings.band),
    queries: Float32Array.from(queries),
    ...(settings.targeted && { target: Float32Array.from(classes) }),
  };
  return { ...clean, images, measured };
}

/**
 * One test per attack, for a suite. What a test measures besides: `linf` and `l2` of the perturbation, `queries`, the `target` class of a
 * targeted attack, and of one in a band `outsideBand`.
 *
 * @throws UserError for settings that do not fit
 */
export function attackTests(
  chosen: readonly ChosenAttack[],
  model: FloatClassifier,
  { imageSize, seed, gradientModel }: AttackTestOptions,
): TestCase[] {
  return chosen.map(({ attack, given = {} }): TestCase => {
    const settings = resolveSettings(attack, { ...given, seed }, imageSize);
    return {
      id: `attack/${attack.name}`,
      section: 'attack',
      settings: { ...settings, ...(attack.needs === 'gradient' && gradientModel !== undefined && { gradientModel }) },
      transform: (batch) => attackBatch(attack, settings, model, batch),
    };
  });
}
