import { readFile } from 'node:fs/promises';
import { UserError } from '@mfm/cli';
import type { BaselineErrors } from './alexnet-errors.ts';

const isFraction = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;

const isRow = (value: unknown): value is BaselineErrors['corrupted'][string] =>
  Array.isArray(value) && value.length === 5 && value.every(isFraction);

/**
 * Reads another model's errors to divide by, from JSON: `{"name": "ResNet-50", "clean": 0.239, "corrupted": {"fog": [0.3, …, 0.6], …}}`, fractions, five
 * severities each.
 *
 * @throws UserError for a file that is missing or of another form
 */
export async function readBaseline(path: string): Promise<BaselineErrors> {
  const fail = (got: string): never => {
    throw new UserError(
      `readBaseline: "${path}" must be JSON {"name", "clean", "corrupted": {<corruption>: [five errors from 0 to 1]}}, got ${got}.`,
    );
  };
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => fail(error.code ?? 'no file'));
  let value: Partial<BaselineErrors> | null = null;
  try {
    value = JSON.parse(text) as Partial<BaselineErrors> | null;
  } catch {
    fail('no JSON');
  }
  if (typeof value !== 'object' || value === null) return fail('no object');
  const { name, clean, corrupted } = value;
  if (typeof name !== 'string') return fail('no "name"');
  if (!isFraction(clean)) return fail(`"clean": ${JSON.stringify(clean)}`);
  if (typeof corrupted !== 'object' || corrupted === null) return fail('no "corrupted"');
  const wrong = Object.entries(corrupted).find(([, row]) => !isRow(row));
  if (wrong) return fail(`"${wrong[0]}": ${JSON.stringify(wrong[1])}`);
  return { name, clean, corrupted };
}
