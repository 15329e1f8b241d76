import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError } from '@mfm/cli';
import { resolveCheckpoint, writeCheckpoint } from '@mfm/models';
import type { ModelWithParameters } from './export-model.ts';
import { packageVersions } from './versions.ts';

/** Where the parameters that training begins with are written: beside the model, `.safetensors` in place of `.onnx`. */
export const statePath = (out: string): string => `${out.replace(/\.onnx$/, '')}.safetensors`;

/**
 * Writes the parameters that training begins with as a checkpoint of this project (`model.<name>`; moments begin at zero and are left
 * out), whole or not at all. With trained tensors in their place it is what `pnpm export --checkpoint` takes.
 */
export async function writeInitialState(
  path: string,
  { config, parameters, source }: Pick<ModelWithParameters, 'config' | 'parameters' | 'source'>,
): Promise<void> {
  const { mean, std } = config;
  await writeCheckpoint(path, {
    ...{ config: { model: config }, model: { ...parameters }, step: 0, epoch: 0, seed: source.seed ?? 0 },
    ...{ normalisation: { mean, std }, versions: packageVersions() },
  });
}

/** A file's one path, whatever links lead to it. */
const place = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));

/**
 * Where the initial state of a model is to be written.
 *
 * @param out the model's file
 * @param checkpoint what the model was read from
 * @throws UserError when that is the checkpoint itself, which is not overwritten
 */
export async function requireStatePath(out: string, checkpoint?: string | undefined): Promise<string> {
  const path = statePath(out);
  if (checkpoint !== undefined && (await place(path)) === (await place(await resolveCheckpoint(checkpoint)))) {
    throw new UserError(
      `--out: the initial state is written to "${path}", which must not be the checkpoint. Choose another name for the model.`,
    );
  }
  return path;
}
