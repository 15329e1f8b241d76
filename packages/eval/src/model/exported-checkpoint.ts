import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file that `pnpm export` would have written. */
export interface ExportedHead {
  readonly path: string;
  /** Deletes it. */
  remove(): Promise<void>;
}

/**
 * Writes one head of a trained model as ONNX to a folder of its own in the system's folder for temporary files. The bytes, and with them results kept
 * by their hash, are the same each time.
 *
 * @param checkpoint file of this project, timm or torchvision, or a run directory
 * @param head `classifier` or `gradient`
 * @throws UserError for a checkpoint that is missing, broken, or has no classifier
 */
export async function exportHead(
  checkpoint: string,
  head: string,
  { ema = false, imageSize }: { readonly ema?: boolean | undefined; readonly imageSize?: number | undefined } = {},
): Promise<ExportedHead> {
  // Only here: training and export are a lot to load for a command that mostly does without.
  const { exportModelFile, loadTrainedModel } = await import('@mfm/export');
  const model = await loadTrainedModel(checkpoint, { ema, imageSize });
  const folder = await mkdtemp(join(tmpdir(), 'mfm-export-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const path = join(folder, `${head}.onnx`);
    await exportModelFile(model, path, { head });
    return { path, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
