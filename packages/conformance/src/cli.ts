import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createCommand, integerOption, runCommand, startProgress, UserError } from '@mfm/cli';
import { isCorruptionFolder } from '@mfm/robustness';
import { runCorruptions } from './corruptions/run-corruptions.ts';
import { ENGINE_NAMES, findEngine } from './evaluate/evaluate.ts';
import { pthFiles, runFuzz } from './fuzz/fuzz-case.ts';
import { fuzzTarget } from './fuzz/fuzz-target.ts';
import { findCases } from './golden/golden-case.ts';
import { type CaseResult, formatResult, formatSummary, judge, runCase } from './run-cases.ts';

const DEFAULT_ENGINE = 'tfjs';

interface Options {
  engine?: string;
  workers: number;
  json?: boolean;
}

/** What a folder of either kind has to run: how many, and each case's result in turn. */
interface Run {
  readonly count: number;
  readonly results: AsyncIterable<CaseResult>;
}

async function methodRun(folder: string, engine: string): Promise<Run> {
  const evaluate = findEngine(engine);
  const cases = findCases(folder);
  const checkpoints = pthFiles(cases);
  async function* results() {
    for (const golden of cases) yield await runCase(golden, evaluate);
    if (checkpoints.length > 0)
      yield await judge({ name: 'damaged_pth', kind: 'pth_fuzz' }, () => runFuzz(checkpoints));
  }
  return { count: cases.length + Math.min(1, checkpoints.length), results: results() };
}

async function conformance(folder: string, { engine, workers, json }: Options): Promise<void> {
  const isCorruptions = await isCorruptionFolder(folder);
  if (isCorruptions && engine !== undefined) {
    throw new UserError(
      `conformance: --engine is for models, got it for the corruptions in "${folder}". Leave it out.`,
    );
  }
  const chosen = engine ?? DEFAULT_ENGINE;
  const run = isCorruptions ? await runCorruptions(folder, workers) : await methodRun(folder, chosen);
  const done: CaseResult[] = [];
  const progress = startProgress('conformance', run.count);
  for await (const result of run.results) {
    done.push(result);
    if (!json) process.stdout.write(`${formatResult(result)}\n`);
    progress.update(done.length, result.name);
  }
  progress.stop();
  const summary = formatSummary(done);
  const document = { ...(!isCorruptions && { engine: chosen }), results: done, summary };
  process.stdout.write(json ? `${JSON.stringify(document, undefined, 2)}\n` : `${summary}\n`);
  if (done.some(({ status }) => status === 'failed')) process.exitCode = 1;
}

async function fuzz(paths: string[], { copies }: { copies: number }): Promise<void> {
  for (const path of paths) {
    if (!existsSync(path)) throw new UserError(`fuzz: ${path}: no such file.`);
    fuzzTarget(path);
  }
  const result = await judge({ name: 'damaged_files', kind: 'fuzz' }, () => runFuzz(paths, copies));
  process.stdout.write(`${formatResult(result)}\n`);
  if (result.status === 'failed') process.exitCode = 1;
}

const fuzzCommand = createCommand(
  'fuzz',
  'Reads damaged copies of files: each must give a value or a clear error, soon.',
  ['pnpm conformance fuzz model.onnx checkpoint.pth --copies 20000'],
)
  .argument('<files...>', '.onnx and .pth files')
  .option('--copies <number>', 'damaged copies of each file', integerOption('--copies'), 2000)
  .action(fuzz);

const command = createCommand('conformance', 'Compare this project with golden reference data.', [
  'pnpm conformance golden/mfm',
  'pnpm conformance golden/mfm --engine onnxruntime --json',
  'pnpm conformance golden/imagenet-c',
])
  .argument(
    '<folder>',
    'golden cases of the method (*.json with a "kind", tensors as safetensors beside them), or of the corruptions (a manifest.json with severity tables)',
  )
  .option('--engine <name>', `how models are run: ${ENGINE_NAMES.join(' or ')} (default: ${DEFAULT_ENGINE})`)
  .option('--workers <n>', 'threads that corrupt images', integerOption('--workers'), availableParallelism())
  .option('--json', 'print one JSON document')
  .action(conformance)
  .enablePositionalOptions()
  .addCommand(fuzzCommand);

await runCommand(command);
