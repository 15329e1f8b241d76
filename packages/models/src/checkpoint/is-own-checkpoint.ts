import { FORMAT } from './checkpoint.ts';
import { readSafetensorsMetadata } from './read-safetensors.ts';

/**
 * Whether a file is a checkpoint of this project: its metadata says so. Other safetensors files, and those of `torch.save`, are another
 * program's.
 *
 * @throws UserError when a `.safetensors` file is missing or damaged
 */
export async function isOwnCheckpoint(file: string): Promise<boolean> {
  if (!file.endsWith('.safetensors')) return false;
  return (await readSafetensorsMetadata(file)).format === FORMAT;
}
