import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The script behind `pnpm export`. */
export const EXPORT_CLI = join(dirname(createRequire(import.meta.url).resolve('@mfm/export')), 'cli.js');
