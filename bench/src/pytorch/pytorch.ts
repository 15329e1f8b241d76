import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '@mfm/cli';
import { buildPretext, DEFAULT_FREQUENCY_LOSS, type SafetensorsTensor, writeSafetensors } from '@mfm/models';
import type { PretrainConfig } from '@mfm/train';
import type { PresetStep } from '../preset-step.ts';

const SCRIPT = fileURLToPath(new URL('../../../interop/torch/time-step.py', import.meta.url));

/** What PyTorch made of a preset's steps. */
export interface PytorchRun {
  readonly torch: string;
  /** Numbers that are trained. */
  readonly parameters: number;
  /** Of every step, warm-up included, before its update. */
  readonly losses: readonly number[];
  /** Of the timed steps. */
  readonly seconds: readonly number[];
}

/** How to run the steps. */
export interface PytorchOptions {
  /** Name or path of the interpreter. */
  readonly python: string;
  readonly threads: number;
  readonly warmup: number;
  readonly runs: number;
  readonly learningRate: number;
  /** By `torch.compile`. */
  readonly compile: boolean;
}

/** Of a ResNet's four stages. */
const TORCHVISION_CHANNELS = [64, 128, 256, 512];

/** Why the script has no counterpart of a preset's model; undefined where it has. */
function difference({ model }: PretrainConfig): string | undefined {
  const { encoder, task, decoder } = model;
  if (task.filter !== 'mfm' || task.target !== 'masked') return 'another task than masked frequencies';
  const loss = { ...DEFAULT_FREQUENCY_LOSS, ...task.loss };
  if (!isDeepStrictEqual(loss, DEFAULT_FREQUENCY_LOSS)) return 'a loss with options of its own';
  if (decoder && decoder.depth > 0) return 'a decoder of transformer blocks';
  if (encoder.type === 'resnet') {
    const { channels, stem } = encoder;
    return isDeepStrictEqual([stem, ...channels], [64, ...TORCHVISION_CHANNELS])
      ? undefined
      : 'a ResNet of other widths than torchvision has';
  }
  if (encoder.type !== 'vit') return `an encoder of type ${encoder.type}`;
  const plain = encoder.qkvBias && encoder.positionEmbedding !== 'none' && !encoder.initValues;
  const { relativePositionBias = 'none' } = encoder;
  return plain && relativePositionBias === 'none' ? undefined : "a ViT with other attention than Dosovitskiy's";
}

/** @throws UserError for a preset whose model the script does not have */
export function requireCounterpart(config: PretrainConfig): void {
  const other = difference(config);
  if (other) throw new UserError(`bench pytorch: the preset must be a ViT's or ResNet's of MFM, got ${other}.`);
}

function runScript(python: string, caseFile: string): Promise<PytorchRun> {
  return new Promise((resolve, reject) => {
    execFile(python, [SCRIPT, caseFile], { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (!error) return resolve(JSON.parse(stdout) as PytorchRun);
      const last = stderr.trim().split('\n').at(-1) ?? '';
      const absent =
        (error.code as unknown) === 'ENOENT' ? `no ${python}` : /^\w*(ModuleNotFound|Import)Error: .*/.exec(last)?.[0];
      if (absent === undefined) return reject(new Error(`${SCRIPT} ended with exit code ${error.code}: ${last}`));
      reject(
        new UserError(
          `bench pytorch: PyTorch must be there to be timed, got: ${absent}. Install it ("${python} -m pip install torch torchvision"), or name a Python that has it with --python.`,
        ),
      );
    });
  });
}

/**
 * Times PyTorch's step of the same model, from the same weights, on the same images and masks, in a process of its own.
 * Only for presets that {@link requireCounterpart} lets pass.
 *
 * @throws UserError where PyTorch is not installed
 */
export async function timePytorch(
  { config, initial, batch }: PresetStep,
  { python, ...options }: PytorchOptions,
): Promise<PytorchRun> {
  const specs = buildPretext(config.model).parameters;
  const folder = await mkdtemp(join(tmpdir(), 'mfm-pytorch-'));
  const [parametersFile, batchFile, caseFile] = ['parameters.safetensors', 'batch.safetensors', 'case.json'].map(
    (name) => join(folder, name),
  ) as [string, string, string];
  try {
    const parameters = specs.map(({ name, shape }): [string, SafetensorsTensor] => [
      name,
      { shape, data: initial.parameters[name]! },
    ]);
    await writeSafetensors(parametersFile, Object.fromEntries(parameters));
    const side = config.model.imageSize;
    const { pixels, mask } = batch as { pixels: Uint8Array; mask: Uint8Array };
    const images = mask.length / side ** 2;
    await writeSafetensors(batchFile, {
      pixels: { shape: [images, side, side, 3], data: pixels },
      mask: { shape: [images, side, side], data: mask },
    });
    const fixed = specs.filter(({ trainable, statistic }) => !trainable && !statistic).map(({ name }) => name);
    const { model, optimiser } = config;
    const description = { ...options, model, optimiser, fixed, parameters: parametersFile, batch: batchFile };
    await writeFile(caseFile, JSON.stringify(description));
    return await runScript(python, caseFile);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
