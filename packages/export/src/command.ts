import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { createCommand, didYouMean, formatTable, integerOption, UserError, writeFileAtomic } from '@mfm/cli';
import { encodeStateDict, stateDict } from '@mfm/models';
import type { WrittenFile } from '@mfm/onnx';
import {
  exportModel,
  exportModelFile,
  type FileExportResult,
  type FileOptions,
  type ModelWithParameters,
  type Target,
} from './export-model.ts';
import { HEADS } from './heads/head-table.ts';
import { requireStatePath, writeInitialState } from './initial-state.ts';
import { loadTrainedModel, readModelConfig } from './model-source.ts';
import { findModel, MODEL_NAMES } from './named-models.ts';
import type { ParityReport } from './parity/check-parity.ts';
import { PARITY_TITLES, parityRows } from './parity/parity-rows.ts';
import {
  formatPrecision,
  judgePrecision,
  type PrecisionArguments,
  precisionOptions,
  requireOwnOnnx,
  startStages,
  withPrecision,
} from './precision/precision-command.ts';
import type { PrecisionOptions } from './precision/reduce-precision.ts';
import {
  checkReportArguments,
  type ReportArguments,
  type Reported,
  withReport,
  writeReport,
} from './report/write-report.ts';
import { exportTfjs } from './tfjs/export-tfjs.ts';
import { untrainedModel } from './untrained-model.ts';

interface ExportArguments extends PrecisionArguments, ReportArguments {
  onnx?: string | true;
  safetensors?: string | true;
  checkpoint?: string;
  model?: string;
  config?: string;
  tfjs?: string;
  input?: string[];
  init?: string;
  seed: number;
  out?: string;
  heads?: number;
  imageSize?: number;
  classes?: number;
  normalisation: string;
  ema?: boolean;
  head: string;
  batch?: number;
  normalize?: boolean;
  blocks?: number;
  opset: number;
  externalData?: boolean;
  target: string;
  json?: boolean;
}

const TARGETS: readonly Target[] = ['standard', 'onnxruntime'];

/** What other programs normalise images with: most ImageNet's statistics, Google's ViT in timm a half. */
const NORMALISATIONS = {
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  half: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
} as const;

const EXAMPLES = [
  'pnpm export --onnx --checkpoint runs/mfm --out mfm.onnx',
  'pnpm export --checkpoint runs/mfm --blocks 4 --onnx last-four-blocks.onnx',
  'pnpm export --onnx --checkpoint runs/mfm --head reconstruction --out reconstruct.onnx',
  'pnpm export --onnx --model vit_small --init random --out random.onnx',
  'pnpm export --onnx --checkpoint runs/mfm --init random --out untrained-twin.onnx',
  'pnpm export --checkpoint ckpt_epoch_299.pth --onnx mfm.onnx',
  'pnpm export --checkpoint runs/finetune --head classifier --onnx classifier.onnx',
  'pnpm export --checkpoint runs/finetune --ema --head classifier --onnx averaged.onnx',
  'pnpm export --checkpoint runs/finetune --head classifier --precision int8 --calibrate data/cifar10 --onnx int8.onnx',
  'pnpm export --checkpoint runs/finetune --head classifier --onnx c.onnx --report c.html --report-images data/val',
  'pnpm export --checkpoint runs/mfm --safetensors state-dict.safetensors',
  'pnpm export inspect mfm.onnx',
  'pnpm export --model resnet50 --init random --head gradient --classes 1000 --onnx gradient.onnx',
  'pnpm export --model vit_tiny --init random --head train-step --batch 16 --onnx train.onnx',
  'pnpm export --onnx converted.onnx --tfjs web_model/model.json',
];

function chooseNormalisation({ normalisation }: ExportArguments) {
  const found = Object.entries(NORMALISATIONS).find(([name]) => name === normalisation)?.[1];
  if (found) return { mean: [...found.mean], std: [...found.std] };
  const known = Object.keys(NORMALISATIONS);
  throw new UserError(`--normalisation: unknown name "${normalisation}"${didYouMean(normalisation, known)}`);
}

/** The model that the arguments name: exactly one of `--checkpoint`, `--model`, `--config`. */
async function chooseModel(args: ExportArguments): Promise<ModelWithParameters> {
  const { checkpoint, model, config, init, seed, ema, imageSize, classes } = args;
  if ([checkpoint, model, config].filter((value) => value !== undefined).length !== 1) {
    throw new UserError('export: give one of --checkpoint <run or file>, --model <name>, --config <file>.');
  }
  if (init !== undefined && init !== 'random') throw new UserError(`--init: must be "random", got "${init}".`);
  if (ema && (checkpoint === undefined || init !== undefined)) {
    throw new UserError(
      '--ema: is for the trained parameters of a --checkpoint; leave out --model, --config and --init.',
    );
  }
  if (checkpoint !== undefined) {
    if (init === undefined && classes !== undefined) {
      throw new UserError('--classes: is for untrained models; add --init random, or give a checkpoint with its head.');
    }
    const trained = await loadTrainedModel(checkpoint, {
      numHeads: args.heads,
      imageSize,
      normalisation: chooseNormalisation(args),
      ema,
    });
    return init === undefined ? trained : untrainedModel(trained, { seed, classes });
  }
  const found = model === undefined ? await readModelConfig(config!) : await findModel(model);
  if (init === undefined) {
    throw new UserError(
      'export: --model and --config have no trained parameters. Add --init random, or give a --checkpoint.',
    );
  }
  return untrainedModel(found, { seed, imageSize, classes });
}

function checkTarget(text: string): Target {
  const target = TARGETS.find((known) => known === text);
  if (target) return target;
  throw new UserError(`--target: unknown target "${text}"${didYouMean(text, TARGETS)}`);
}

async function checkOut(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory())
    throw new UserError(`--out: must be a file name, got the folder "${path}". Add a name, like model.onnx.`);
}

const describeReplaced = ({ replacedImages }: ParityReport): string =>
  replacedImages === 0 ? '' : `Images replaced, where the eager model itself has no derivative: ${replacedImages}\n`;

function printResult(out: string, { files, parity, head, opset, parameterCount }: FileExportResult): void {
  const count = (parameterCount / 1e6).toFixed(2);
  const sizes = files.map(({ path, bytes, sha256 }) => {
    const name = path === out ? '' : `${path}: `;
    return `${name}${(bytes / 1e6).toFixed(2)} MB, sha256 ${sha256.slice(0, 16)}…`;
  });
  process.stdout.write(
    `${out}: head ${head}, opset ${opset}, ${count} M parameters in the model, ${sizes.join('; ')}\n` +
      `Difference from the eager model (batches of ${parity.batchSizes.join(' and ')}, at most ${parity.tolerance} is allowed):\n` +
      `${formatTable(PARITY_TITLES, parityRows(parity.outputs))}\n${describeReplaced(parity)}`,
  );
}

type Format = 'onnx' | 'safetensors';

/** Where to write: after the format's own option, or after `--out`. */
async function chooseOut(args: ExportArguments): Promise<{ format: Format; out: string }> {
  const formats = (['onnx', 'safetensors'] as const).filter((format) => args[format] !== undefined);
  const [format] = formats;
  if (format === undefined || formats.length > 1) {
    throw new UserError('export: say which one format: add --onnx <file> or --safetensors <file>.');
  }
  const given = args[format];
  const outs = [args.out, typeof given === 'string' ? given : undefined].filter((path) => path !== undefined);
  if (outs.length !== 1)
    throw new UserError(`export: name the file to write once: --${format} <file>, or --out <file>.`);
  await checkOut(outs[0]!);
  return { format, out: outs[0]! };
}

async function writeStateDict(model: ModelWithParameters, out: string, json: boolean | undefined): Promise<void> {
  const chunks = encodeStateDict(model);
  await writeFileAtomic(out, chunks);
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const tensors = Object.keys(stateDict(model)).length;
  const { source } = model;
  process.stdout.write(
    json
      ? `${JSON.stringify({ out, bytes, tensors, source })}\n`
      : `${out}: PyTorch state dict of ${tensors} tensors, ${(bytes / 1e6).toFixed(2)} MB\n`,
  );
}

/** A model of TensorFlow.js brings its own outputs and parameters: what chooses ours does not go with it. */
async function runTfjs(path: string, format: Format, out: string, target: Target, args: ExportArguments) {
  const others = (['checkpoint', 'model', 'config', 'init', 'ema'] as const).filter((name) => args[name] !== undefined);
  if (format !== 'onnx') others.push(format as never);
  if (others.length > 0) throw new UserError(`--tfjs: does not go with --${others.join(', --')}. Leave one out.`);
  await exportTfjs(path, out, target, args);
}

async function runExport(args: ExportArguments): Promise<void> {
  const target = checkTarget(args.target);
  const precision = precisionOptions(args);
  checkReportArguments(args);
  const { format, out } = await chooseOut(args);
  requireOwnOnnx(precision, { format, tfjs: args.tfjs });
  if (args.tfjs !== undefined) return runTfjs(args.tfjs, format, out, target, args);
  const model = await chooseModel(args);
  if (format === 'safetensors') return writeStateDict(model, out, args.json);
  await writeOnnx(model, out, { target, precision }, args);
}

/** Writes the float32 model, of any size, or makes another of it. */
async function writeChecked(
  model: ModelWithParameters,
  out: string,
  precision: PrecisionOptions,
  { strict, externalData, ...options }: FileOptions & Pick<ExportArguments, 'strict'>,
): Promise<FileExportResult> {
  if (precision.precision === 'fp32') return exportModelFile(model, out, { ...options, externalData });
  if (externalData) throw new UserError('--external-data: is for --precision fp32. Leave it out.');
  const { bytes, ...rest } = await exportModel(model, { ...options, release: false, precision });
  if (rest.precision) judgePrecision(rest.precision, strict);
  await writeFileAtomic(out, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { ...rest, files: [{ path: out, bytes: bytes.length, sha256 }] };
}

async function writeOnnx(
  model: ModelWithParameters,
  out: string,
  { target, precision }: { target: Target; precision: PrecisionOptions },
  args: ExportArguments,
): Promise<void> {
  const { head, opset, batch, normalize, blocks, externalData, strict } = args;
  const row = Object.hasOwn(HEADS, head) ? HEADS[head] : undefined;
  const state = row?.trains && (await requireStatePath(out, args.checkpoint));
  const progress = startStages();
  let result: FileExportResult;
  try {
    result = await writeChecked(
      model,
      out,
      { ...precision, onProgress: progress.update },
      {
        ...{ head, opset, target, batch, normalize, blocks, externalData, strict },
        // The initial state is written from the parameters, and a report computes with them; else nothing reads them again.
        release: !row?.trains && args.report === undefined,
        onProgress: (done, total) => progress.update('parity check', done, total),
      },
    );
  } finally {
    progress.stop();
  }
  if (state) await writeInitialState(state, model);
  if (args.report) await reportOn(out, model, result, args);
  const { files, ...rest } = result;
  const [{ bytes, sha256 }, data] = files as [WrittenFile, WrittenFile | undefined];
  if (!args.json) {
    printResult(out, result);
    if (result.precision) process.stdout.write(formatPrecision(result.precision, bytes));
    if (state) process.stdout.write(`Initial state: ${state}\n`);
    return;
  }
  const named = { out, ...(state && { state }), bytes, sha256, ...(data && { externalData: data }) };
  process.stdout.write(`${JSON.stringify({ ...named, source: model.source, ...rest })}\n`);
}

async function reportOn(
  out: string,
  model: ModelWithParameters,
  result: Reported,
  args: ExportArguments,
): Promise<void> {
  const progress = startStages();
  try {
    await writeReport(out, model, result, args, progress.update);
  } finally {
    progress.stop();
  }
}

/** The command `pnpm export`. */
export function exportCommand() {
  const heads = Object.entries(HEADS).map(([name, { description, needs }]) => `${name} (${needs}): ${description}`);
  const command = createCommand(
    'export',
    'Writes a model as an ONNX file and checks it against the eager model.',
    EXAMPLES,
  )
    .option('--onnx [file]', 'the format: ONNX, with a parity check')
    .option('--safetensors [file]', 'the format: a PyTorch state dict')
    .option(
      '--checkpoint <path>',
      'a checkpoint (ours, official MFM, timm, torchvision: .safetensors, .pth), or a run directory: its newest',
    )
    .option('--model <name>', `an untrained model by name: ${MODEL_NAMES.join(', ')}, or a preset of pnpm train`)
    .option('--config <file>', "an untrained model as a run's config.json describes it")
    .option('--tfjs <file>', 'a saved TensorFlow.js model: model.json of a LayersModel or GraphModel')
    .option(
      '--input <name=shape...>',
      'shape of an input of --tfjs where the model leaves lengths open: x=batch,224,224,3',
    )
    .option('--init <how>', '"random": the official initialisation instead of trained parameters')
    .option('--seed <number>', 'of the random initialisation', integerOption('--seed', 0), 0)
    .option('--out <file>', 'the file to write, where --onnx or --safetensors does not name it')
    .option('--head <name>', `what to export. ${heads.join('; ')}`, 'features')
    .option(
      '--heads <number>',
      "attention heads, where another program's file does not tell",
      integerOption('--heads', 1),
    )
    .option(
      '--image-size <pixels>',
      'side of the square images, where it is not that of training: position tables are resized',
      integerOption('--image-size', 1),
    )
    .option(
      '--classes <number>',
      'makes an untrained model a classifier, or a preset of segmentation a segmenter',
      integerOption('--classes', 1),
    )
    .option(
      '--normalisation <name>',
      "of images, where another program's file does not tell: imagenet or half",
      'imagenet',
    )
    .option('--ema', "the checkpoint's moving average of the parameters instead of the last step's")
    .option('--batch <number>', 'writes the graph for batches of this size alone', integerOption('--batch', 1))
    .option('--normalize', 'takes uint8 pixels [batch, H, W, 3]: cast, mean and deviation are in the model')
    .option(
      '--blocks <number>',
      'of a ViT, --head features: also the class token and the mean of the patch tokens behind each of the last so many blocks',
      integerOption('--blocks', 1),
    )
    .option('--opset <number>', 'ONNX operator set, 13 to 23', integerOption('--opset'), 17)
    .option('--external-data', 'large tensors in a file beside the model, <file>_data; without it above 1.9 GB')
    .option('--target <name>', '"standard": operators every runtime has; "onnxruntime": its own as well', 'standard')
    .option('--json', 'print one JSON document');
  return withReport(withPrecision(command)).action(runExport);
}
