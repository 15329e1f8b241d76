import { UserError } from '@mfm/cli';
import { type HostParameters, isOwnCheckpoint, readCheckpoint, readForeignModel, resolveCheckpoint } from '@mfm/models';
import { isJsonObject, type JsonObject } from '../config/override.ts';

/** Weights to begin from, and the architecture they belong to as far as the file tells. */
export interface PretrainedWeights {
  readonly state: HostParameters;
  /** `imageSize`, `encoder`, `mean` and `std` as a configuration has them. */
  readonly architecture: JsonObject;
}

/** What a classifier takes over from a model's configuration: everything but the way it pools. */
function architectureOf(model: unknown, path: string): JsonObject {
  if (!isJsonObject(model) || !isJsonObject(model.encoder)) {
    throw new UserError(`--checkpoint: ${path} must hold the configuration of a model, and does not.`);
  }
  const { imageSize, mean, std } = model;
  const { meanPooling: _pooling, ...encoder } = model.encoder;
  return { imageSize, encoder, mean, std };
}

/**
 * Reads a checkpoint to fine-tune from.
 *
 * @param path a checkpoint file or run directory of this project, or a file of the official MFM code, timm or torchvision
 * @throws UserError when there is none, it is damaged, or of no known format
 */
export async function readPretrained(path: string): Promise<PretrainedWeights> {
  const file = await resolveCheckpoint(path);
  if (await isOwnCheckpoint(file)) {
    const { model, config } = await readCheckpoint(file);
    return { state: model, architecture: architectureOf(isJsonObject(config) ? config.model : undefined, file) };
  }
  const { parameters, config } = await readForeignModel(file);
  return { state: parameters, architecture: architectureOf(config, file) };
}
