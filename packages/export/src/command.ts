import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import {
  createCommand,
  didYouMean,
  formatTable,
  integerOption,
  startProgress,
  UserError,
  writeFileAtomic,
} from '@mfm/cli';
import { type ExportResult, exportModel, type ModelWithParameters, type Target } from './export-model.ts';
import { HEADS } from './head.ts';
import { initialModel, loadTrainedModel, readModelConfig } from './model-source.ts';
import { findModel, MODEL_NAMES } from './named-models.ts';

interface ExportArguments {
  onnx?: boolean;
  checkpoint?: string;
  model?: string;
  config?: string;
  init?: string;
  seed: number;
  out: string;
  head: string;
  opset: number;
  target: string;
  json?: boolean;
}

const TARGETS: readonly Target[] = ['standard', 'onnxruntime'];

const EXAMPLES = [
  'pnpm export --onnx --checkpoint runs/mfm --out mfm.onnx',
  'pnpm export --onnx --checkpoint runs/mfm --head reconstruction --out reconstruct.onnx',
  'pnpm export --onnx --model vit_small --init random --out random.onnx',
  'pnpm export --onnx --checkpoint runs/mfm --init random --out untrained-twin.onnx',
];

/** The model that the arguments name: exactly one of `--checkpoint`, `--model`, `--config`. */
async function chooseModel({ checkpoint, model, config, init, seed }: ExportArguments): Promise<ModelWithParameters> {
  if ([checkpoint, model, config].filter((value) => value !== undefined).length !== 1) {
    throw new UserError('export: give one of --checkpoint <run or file>, --model <name>, --config <file>.');
  }
  if (init !== undefined && init !== 'random') throw new UserError(`--init: must be "random", got "${init}".`);
  if (checkpoint !== undefined) {
    const trained = await loadTrainedModel(checkpoint);
    return init === undefined ? trained : initialModel(trained.config, seed);
  }
  const found = model === undefined ? await readModelConfig(config!) : findModel(model);
  if (init === undefined) {
    throw new UserError(
      'export: --model and --config have no trained parameters. Add --init random, or give a --checkpoint.',
    );
  }
  return initialModel(found, seed);
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

function printResult(out: string, hash: string, { bytes, parity, head, opset, parameterCount }: ExportResult): void {
  const rows = parity.outputs.map(({ output, maxAbsolute, meanAbsolute, cosine }) => [
    output,
    maxAbsolute.toExponential(2),
    meanAbsolute.toExponential(2),
    cosine.toFixed(9),
  ]);
  const count = (parameterCount / 1e6).toFixed(2);
  process.stdout.write(
    `${out}: head ${head}, opset ${opset}, ${count} M parameters in the model, ${(bytes.length / 1e6).toFixed(2)} MB, sha256 ${hash.slice(0, 16)}…\n` +
      `Difference from the eager model (batches of ${parity.batchSizes.join(' and ')}, at most ${parity.tolerance} is allowed):\n` +
      `${formatTable(['output', 'max |Δ|', 'mean |Δ|', 'cosine'], rows)}\n`,
  );
}

async function runExport(args: ExportArguments): Promise<void> {
  if (!args.onnx) throw new UserError('export: say which format: add --onnx.');
  const target = checkTarget(args.target);
  await checkOut(args.out);
  const model = await chooseModel(args);
  const progress = startProgress('parity check', 2);
  let result: ExportResult;
  try {
    const { head, opset } = args;
    result = await exportModel(model, { head, opset, target, onProgress: (done) => progress.update(done) });
  } finally {
    progress.stop();
  }
  await writeFileAtomic(args.out, result.bytes);
  const sha256 = createHash('sha256').update(result.bytes).digest('hex');
  if (!args.json) return printResult(args.out, sha256, result);
  const { bytes, ...rest } = result;
  process.stdout.write(
    `${JSON.stringify({ out: args.out, bytes: bytes.length, sha256, source: model.source, ...rest })}\n`,
  );
}

/** The command `pnpm export`. */
export function exportCommand() {
  const heads = Object.entries(HEADS).map(([name, { description }]) => `${name}: ${description}`);
  return createCommand('export', 'Writes a model as an ONNX file and checks it against the eager model.', EXAMPLES)
    .option('--onnx', 'the format: ONNX')
    .option('--checkpoint <path>', 'a checkpoint file, or a run directory: its newest checkpoint')
    .option('--model <name>', `an untrained model by name: ${MODEL_NAMES.join(', ')}`)
    .option('--config <file>', "an untrained model as a run's config.json describes it")
    .option('--init <how>', '"random": the official initialisation instead of trained parameters')
    .option('--seed <number>', 'of the random initialisation', integerOption('--seed', 0), 0)
    .requiredOption('--out <file>', 'the file to write')
    .option('--head <name>', `what to export. ${heads.join('; ')}`, 'features')
    .option('--opset <number>', 'ONNX operator set', integerOption('--opset'), 17)
    .option('--target <name>', '"standard": operators every runtime has; "onnxruntime": its own as well', 'standard')
    .option('--json', 'print one JSON document')
    .action(runExport);
}
