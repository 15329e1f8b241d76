import { formatTable } from '@mfm/cli';
import { PRESETS } from './presets.ts';

/** The presets as a table for the terminal. */
export function presetTable(): string {
  return formatTable(
    ['preset', 'trains', 'needs', 'reaches'],
    PRESETS.map(({ name, description, needs, reaches }) => [name, description, needs, reaches]),
  );
}
