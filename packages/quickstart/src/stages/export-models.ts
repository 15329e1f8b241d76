import { startProgress, writeFileAtomic } from '@mfm/cli';
import { exportModel, initialModel, loadTrainedModel } from '@mfm/export';
import type { Files } from '../plan.ts';

/** Largest difference of the exported files from the eager model. */
export interface Parity {
  readonly maxAbsolute: number;
}

/** Writes the trained encoder, its untrained twin (the same model before its first step) and the trained reconstruction as ONNX. */
export async function exportModels(files: Files): Promise<Parity> {
  const trained = await loadTrainedModel(files.run);
  const untrained = initialModel(trained.config, 0);
  const jobs = [
    { model: trained, head: 'features', path: files.features },
    { model: untrained, head: 'features', path: files.random },
    { model: trained, head: 'reconstruction', path: files.reconstruction },
  ];
  const progress = startProgress('export', jobs.length);
  let maxAbsolute = 0;
  try {
    for (const [index, { model, head, path }] of jobs.entries()) {
      const { bytes, parity } = await exportModel(model, { head });
      await writeFileAtomic(path, bytes);
      maxAbsolute = Math.max(maxAbsolute, ...parity.outputs.map((output) => output.maxAbsolute));
      progress.update(index + 1, head);
    }
  } finally {
    progress.stop();
  }
  return { maxAbsolute };
}
