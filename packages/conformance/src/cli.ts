import { createCommand, runCommand, startProgress } from '@mfm/cli';
import { ENGINE_NAMES, findEngine } from './evaluate/evaluate.ts';
import { findCases } from './golden/golden-case.ts';
import { type CaseResult, formatResult, formatSummary, runCase } from './run-cases.ts';

interface Options {
  engine: string;
  json?: boolean;
}

async function conformance(folder: string, { engine, json }: Options): Promise<void> {
  const evaluate = findEngine(engine);
  const cases = findCases(folder);
  const results: CaseResult[] = [];
  const progress = startProgress('conformance', cases.length);
  for (const golden of cases) {
    const result = await runCase(golden, evaluate);
    results.push(result);
    if (!json) process.stdout.write(`${formatResult(result)}\n`);
    progress.update(results.length, result.name);
  }
  progress.stop();
  const summary = formatSummary(results);
  process.stdout.write(json ? `${JSON.stringify({ engine, results, summary }, undefined, 2)}\n` : `${summary}\n`);
  if (results.some(({ status }) => status === 'failed')) process.exitCode = 1;
}

const command = createCommand('conformance', 'Compare this project with golden reference data.', [
  'pnpm conformance golden/mfm',
  'pnpm conformance golden/mfm --engine onnxruntime --json',
])
  .argument('<folder>', 'folder of golden cases: *.json with a "kind", tensors as safetensors beside them')
  .option('--engine <name>', `how models are run: ${ENGINE_NAMES.join(' or ')}`, 'tfjs')
  .option('--json', 'print one JSON document')
  .action(conformance);

await runCommand(command);
