import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '@mfm/cli';
import { OFFERED_PATH, type OfferedModels } from '../model/offered-models.ts';
import { fileAt, type OfferedFile } from './static-files.ts';

/** Files of the models, each of which may be missing. */
export interface ModelFiles {
  readonly reconstruction?: string | undefined;
  readonly features?: string | undefined;
  readonly trainStep?: string | undefined;
}

/** The names that `--models <folder>` looks for, and the options' own names. */
export const MODEL_FILES = {
  reconstruction: { file: 'reconstruction.onnx', option: '--reconstruction' },
  features: { file: 'features.onnx', option: '--features' },
  trainStep: { file: 'train-step.onnx', option: '--train-step' },
} as const satisfies Record<keyof ModelFiles, { file: string; option: string }>;

type Role = keyof ModelFiles;

const ROLES = Object.keys(MODEL_FILES) as Role[];

export const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

/** Where `pnpm export --head train-step` writes what training begins with. */
const initialStatePath = (trainStep: string): string => `${trainStep.replace(/\.onnx$/, '')}.safetensors`;

/**
 * The models of a folder, by their names.
 *
 * @throws UserError when there is none
 */
export async function modelsIn(folder: string): Promise<ModelFiles> {
  const found: { -readonly [R in Role]?: string } = {};
  for (const role of ROLES) {
    const path = join(folder, MODEL_FILES[role].file);
    if (await isFile(path)) found[role] = path;
  }
  if (Object.keys(found).length > 0) return found;
  const names = ROLES.map((role) => MODEL_FILES[role].file).join(', ');
  throw new UserError(`--models: "${folder}" must hold one of ${names}, and does not. Write them with "pnpm export".`);
}

/** @throws UserError when a file is not there */
async function requireFile(path: string, option: string): Promise<void> {
  if (!(await isFile(path))) throw new UserError(`${option}: there is no file "${path}".`);
}

/**
 * The models' part of what the server offers, and the list of them that the page reads.
 *
 * @param origin where they come from, a sentence for the page
 * @throws UserError when a file is not there
 */
export async function offerModels(files: ModelFiles, origin: string): Promise<Map<string, OfferedFile>> {
  const offer = new Map<string, OfferedFile>();
  const urls: Record<string, string> = {};
  for (const role of ROLES) {
    const path = files[role];
    if (path === undefined) continue;
    await requireFile(path, MODEL_FILES[role].option);
    urls[role] = `/models/${MODEL_FILES[role].file}`;
    offer.set(urls[role], fileAt(path));
  }
  if (files.trainStep !== undefined) {
    const path = initialStatePath(files.trainStep);
    if (!(await isFile(path))) {
      throw new UserError(
        `--train-step: "${basename(path)}" must lie beside the model. "pnpm export --head train-step" writes both.`,
      );
    }
    urls.initialState = '/models/train-step.safetensors';
    offer.set(urls.initialState, fileAt(path));
  }
  const list: OfferedModels = { urls, origin };
  offer.set(OFFERED_PATH, { type: 'application/json', content: { text: JSON.stringify(list) } });
  return offer;
}
