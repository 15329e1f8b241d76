import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@mfm/cli';
import { decodeOutcomes, encodeOutcomes } from './outcome-file.ts';
import type { Outcomes } from './outcomes.ts';

/** What a chunk's outcomes belong to: they are used again only where all of it is the same. */
export interface ResultKey {
  /** Model, with all that changes its scores. */
  readonly model: { readonly name: string; readonly identity: unknown };
  /** Test, with its data set's name before it. */
  readonly test: string;
  readonly settings: unknown;
  /** Number of the chunk, and what identifies its images. */
  readonly chunk: number;
  readonly data: unknown;
}

/** Keeps outcomes by model, test and chunk. */
export interface ResultStore {
  load(key: ResultKey): Promise<Outcomes | undefined>;
  save(key: ResultKey, outcomes: Outcomes): Promise<void>;
}

const hashOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** Keeps outcomes for as long as the process lives. */
export function memoryStore(): ResultStore {
  const kept = new Map<string, Outcomes>();
  return {
    load: async (key) => kept.get(hashOf(key)),
    async save(key, outcomes) {
      kept.set(hashOf(key), outcomes);
    },
  };
}

/** A part of a path that every file system takes. */
const plain = (text: string) => text.replace(/[^\w.,=+-]+/g, '_');

/**
 * Keeps outcomes in a folder, a file for each model, test and chunk: `<model>/<test>/<chunk>-<hash of the key>.outcomes`. A file is there whole or not at
 * all; a damaged one counts as absent. Deleting any is safe.
 */
export function folderStore(folder: string): ResultStore {
  const pathOf = (key: ResultKey) => {
    const { model, test, chunk } = key;
    const name = `${String(chunk).padStart(5, '0')}-${hashOf(key).slice(0, 24)}.outcomes`;
    const own = `${plain(model.name)}-${hashOf(model.identity).slice(0, 12)}`;
    return join(folder, own, ...test.split('/').map(plain), name);
  };
  return {
    async load(key) {
      try {
        return decodeOutcomes(await readFile(pathOf(key)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    save: (key, outcomes) => writeFileAtomic(pathOf(key), encodeOutcomes(outcomes, key)),
  };
}
