import type { TestBatch } from './test-batch.ts';

/** Which part of a report a test belongs to. */
export type TestSection = 'clean' | 'corruption' | 'attack' | 'frequency';

/**
 * One column of the suite: what is done to clean images before the model sees them.
 *
 * The same test gives the same images whenever it is run: every draw is keyed by the batch's `indices` and a seed of the settings.
 */
export interface TestCase {
  /** Path-like and unique: `clean`, `corruption/fog/3`, `attack/pgd`, `low-pass/disc/16`, `heat-map/31,31`. */
  readonly id: string;
  readonly section: TestSection;
  /** What the outcomes depend on beside model, data and id (ε, steps, seed, …), as JSON: kept results of other settings are not used. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Makes what the model is shown of a clean batch. It must leave the batch as it is: other tests are made of it too. */
  transform(batch: TestBatch): Promise<TestBatch>;
}

/** The clean images themselves. */
export const CLEAN: TestCase = { id: 'clean', section: 'clean', transform: async (batch) => batch };
