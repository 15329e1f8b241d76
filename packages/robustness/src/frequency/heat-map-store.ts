import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@mfm/cli';
import type { HeatMapRows } from './heat-map.ts';

/**
 * Keeps the rows of a heat map as JSON files, `<folder>/heat-map-<hash of the key>/row-<n>.json`. A file is there whole or not at all; one that
 * cannot be read counts as absent. Deleting any is safe.
 *
 * @param key all that the map depends on (model, images, size, norm, seed), as JSON
 */
export function folderRows(folder: string, key: unknown): HeatMapRows {
  const hash = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 24);
  const pathOf = (row: number) => join(folder, `heat-map-${hash}`, `row-${String(row).padStart(3, '0')}.json`);
  return {
    async read(row) {
      try {
        const { wrong } = JSON.parse(await readFile(pathOf(row), 'utf8')) as { wrong: unknown };
        return Array.isArray(wrong) && wrong.every(Number.isInteger) ? wrong : undefined;
      } catch {
        return undefined;
      }
    },
    async write(row, wrong) {
      await writeFileAtomic(pathOf(row), `${JSON.stringify({ key, row, wrong })}\n`);
    },
  };
}
