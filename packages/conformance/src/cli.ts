import { existsSync } from 'node:fs';
import { createCommand, integerOption, runCommand, startProgress, UserError } from '@mfm/cli';
import { ENGINE_NAMES, findEngine } from './evaluate/evaluate.ts';
import { pthFiles, runFuzz } from './fuzz/fuzz-case.ts';
import { fuzzTarget } from './fuzz/fuzz-target.ts';
import { findCases } from './golden/golden-case.ts';
import { type CaseResult, formatResult, formatSummary, judge, runCase } from './run-cases.ts';

interface Options {
  engine: string;
  json?: boolean;
}

async function conformance(folder: string, { engine, json }: Options): Promise<void> {
  const evaluate = findEngine(engine);
  const cases = findCases(folder);
  const results: CaseResult[] = [];
  const hasCheckpoints = pthFiles(cases).length > 0;
  const progress = startProgress('conformance', cases.length + (hasCheckpoints ? 1 : 0));
  const report = (result: CaseResult) => {
    results.push(result);
    if (!json) process.stdout.write(`${formatResult(result)}\n`);
    progress.update(results.length, result.name);
  };
  for (const golden of cases) report(await runCase(golden, evaluate));
  if (hasCheckpoints) report(await judge({ name: 'damaged_pth', kind: 'pth_fuzz' }, () => runFuzz(pthFiles(cases))));
  progress.stop();
  const summary = formatSummary(results);
  process.stdout.write(json ? `${JSON.stringify({ engine, results, summary }, undefined, 2)}\n` : `${summary}\n`);
  if (results.some(({ status }) => status === 'failed')) process.exitCode = 1;
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
])
  .argument('<folder>', 'folder of golden cases: *.json with a "kind", tensors as safetensors beside them')
  .option('--engine <name>', `how models are run: ${ENGINE_NAMES.join(' or ')}`, 'tfjs')
  .option('--json', 'print one JSON document')
  .action(conformance)
  .enablePositionalOptions()
  .addCommand(fuzzCommand);

await runCommand(command);
