import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { UserError } from '@mfm/cli';
import { buildMfm, checkParameters, initParameters, type MfmConfig, readCheckpoint } from '@mfm/models';
import type { ModelWithParameters } from './export-model.ts';

/** SHA-256 of a file, hexadecimal; streamed, so that its size does not matter. */
async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

/** The model's part of a resolved training configuration, or a model configuration itself. */
function modelConfig(config: unknown, path: string): MfmConfig {
  const candidate = (config as { model?: unknown } | null)?.model ?? config;
  const { encoder, imageSize } = (candidate ?? {}) as Partial<MfmConfig>;
  if (typeof encoder === 'object' && typeof imageSize === 'number') return candidate as MfmConfig;
  throw new UserError(
    `modelConfig: ${path} must hold the configuration of a model (imageSize, encoder, task), and does not.`,
  );
}

/** Reads a model's configuration from a JSON file: a run's `config.json`, or the model's part of one. */
export async function readModelConfig(path: string): Promise<MfmConfig> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    throw new UserError(`--config: file must exist and be readable, got "${path}".`);
  }
  try {
    return modelConfig(JSON.parse(text), path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`--config: "${path}" must be JSON: ${(error as Error).message}.`);
  }
}

/**
 * Reads a trained model.
 *
 * @param path a checkpoint file, or a run directory: its newest checkpoint
 * @throws UserError when there is none, it is damaged, or its tensors are not those of its configuration
 */
export async function loadTrainedModel(path: string): Promise<ModelWithParameters> {
  const checkpoint = await readCheckpoint(path);
  const config = modelConfig(checkpoint.config, checkpoint.path);
  checkParameters(checkpoint.path, checkpoint.model, buildMfm(config).parameters);
  const { step, epoch } = checkpoint;
  const sha256 = await hashFile(checkpoint.path);
  return { config, parameters: checkpoint.model, source: { kind: 'checkpoint', sha256, step, epoch } };
}

/** An untrained model with the official initialisation. */
export function initialModel(config: MfmConfig, seed: number): ModelWithParameters {
  return { config, parameters: initParameters(buildMfm(config).parameters, seed), source: { kind: 'random', seed } };
}
