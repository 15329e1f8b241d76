import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '@mfm/cli';
import { type ReadTensor, readSafetensors } from '@mfm/models';

/** One golden case: a JSON file with a `kind`, and the tensors beside it. */
export interface GoldenCase {
  readonly name: string;
  readonly kind: string;
  /** The whole JSON document; runners know their kind's form. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Reads the case's tensors, empty when it has none. */
  tensors(): Promise<Record<string, ReadTensor>>;
  /** Path of another file that the case names. */
  path(file: string): string;
}

function jsonFiles(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return jsonFiles(path);
    return entry.name.endsWith('.json') ? [path] : [];
  });
}

/** A tensor file's name is relative to its JSON document, or to a folder above it that is still within the given one. */
function locate(file: string, jsonPath: string, root: string): string {
  for (let folder = dirname(jsonPath); ; folder = dirname(folder)) {
    const candidate = join(folder, file);
    if (existsSync(candidate)) return candidate;
    if (folder === root || folder === dirname(folder)) return join(dirname(jsonPath), file);
  }
}

function readCase(path: string, root: string): GoldenCase[] {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new UserError(`conformance: ${path}: must be JSON, and is not.`);
  }
  const { kind, case: name, file } = (json ?? {}) as Record<string, unknown>;
  if (typeof kind !== 'string') return [];
  const pathOf = (other: string) => locate(other, path, root);
  const tensors = async () => (typeof file === 'string' ? (await readSafetensors(pathOf(file))).tensors : {});
  const title = typeof name === 'string' ? name : basename(path, '.json');
  return [{ name: title, kind, json: json as Record<string, unknown>, tensors, path: pathOf }];
}

/**
 * Every golden case in a folder and its subfolders, by path.
 *
 * @throws UserError when there is no such folder, or no case in it
 */
export function findCases(folder: string): GoldenCase[] {
  const root = resolve(folder);
  if (!existsSync(root) || !statSync(root).isDirectory()) {
    throw new UserError(`conformance: ${folder}: must be a folder of golden cases, and is not one.`);
  }
  const cases = jsonFiles(root).flatMap((path) => readCase(path, root));
  if (cases.length === 0) {
    throw new UserError(`conformance: ${folder}: must hold golden cases (*.json with a "kind"), got none.`);
  }
  return cases;
}
