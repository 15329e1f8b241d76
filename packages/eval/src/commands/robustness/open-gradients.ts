import { UserError } from '@mfm/cli';
import { exportHead } from '../../model/exported-checkpoint.ts';
import { type GradientModel, openGradientModel } from '../../model/gradient-model.ts';
import type { SuiteModel } from './robustness-section.ts';

/** Where gradients come from, and what computes them. */
export interface GradientOptions {
  readonly gradientModel?: readonly string[];
  readonly checkpoint?: string;
  readonly ema?: boolean;
  readonly device?: string;
  readonly threads?: number;
}

/** Gradients of a model, and how to give them back. */
export interface Gradients {
  readonly model: GradientModel;
  close(): Promise<void>;
}

/** Of several files the one of the model's checkpoint; of one, that one. */
async function chooseGradientFile(
  files: readonly string[],
  model: SuiteModel,
  options: GradientOptions,
): Promise<Gradients> {
  const hashes: string[] = [];
  for (const file of files) {
    const opened = await openGradientModel(file, gradientOptions(model, options));
    const hash = opened.metadata.source_sha256;
    if (files.length === 1 || (hash !== undefined && hash === model.metadata.source_sha256)) {
      return { model: opened, close: () => opened.close() };
    }
    hashes.push(`${file} (${hash?.slice(0, 12) ?? 'none'})`);
    await opened.close();
  }
  throw new UserError(
    `--gradient-model: one of the files must be of the checkpoint of ${model.path} (${model.metadata.source_sha256?.slice(0, 12) ?? 'none'}), ` +
      `got ${hashes.join(', ')}.`,
  );
}

const gradientOptions = ({ preprocessing }: SuiteModel, { device, threads }: GradientOptions) => ({
  ...(device !== undefined && { device }),
  ...(threads !== undefined && { threads }),
  statistics: preprocessing,
});

/** Writes the gradients of a checkpoint, for as long as they are needed. */
async function exportGradients(checkpoint: string, model: SuiteModel, options: GradientOptions): Promise<Gradients> {
  const { imageSize } = model.preprocessing;
  const file = await exportHead(checkpoint, 'gradient', { ema: options.ema, imageSize });
  try {
    const opened = await openGradientModel(file.path, gradientOptions(model, options));
    return {
      model: opened,
      close: async () => {
        await opened.close();
        await file.remove();
      },
    };
  } catch (error) {
    await file.remove();
    throw error;
  }
}

/** The gradients that the options name for a model; undefined where they name none. */
export async function openGradients(options: GradientOptions, model: SuiteModel): Promise<Gradients | undefined> {
  const { gradientModel: files = [], checkpoint } = options;
  if (files.length > 0) return chooseGradientFile(files, model, options);
  return checkpoint === undefined ? undefined : exportGradients(checkpoint, model, options);
}
