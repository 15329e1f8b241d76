import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Command, formatTable, integerOption, UserError } from '@mfm/cli';
import { type ChosenCorruptions, corruptionNames, parseCorruptions, parseSeverities } from '@mfm/eval';
import type { Severity } from '@mfm/robustness';
import { type EvaluationSpeed, evaluationSpeed } from './evaluation-speed.ts';

interface EvalOptions {
  readonly data: string;
  readonly model?: string;
  readonly images: number;
  readonly batchSize: number;
  readonly corruptions: ChosenCorruptions;
  readonly severities: readonly Severity[];
  readonly device: string;
  readonly json?: boolean;
}

const cli = join(dirname(createRequire(import.meta.url).resolve('@mfm/export')), 'cli.js');

/** A ViT-S/16 as its initialisation leaves it. */
function exportModel(path: string): void {
  const args = [
    cli,
    '--onnx',
    path,
    '--model',
    'vit_small',
    '--init',
    'random',
    '--head',
    'classifier',
    '--classes',
    '1000',
  ];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0)
    throw new UserError(`bench eval: the export of the model failed: ${stderr.trim().split('\n').at(-1)}`);
}

function print(speed: EvaluationSpeed): void {
  const { images, tests, decode, corrupt, infer, pipeline, slowest, ratio, shared } = speed;
  const made = tests - 1;
  const rows = [
    ['decode', decode.toFixed(1), (decode * tests).toFixed(1)],
    ['corrupt', corrupt.toFixed(1), ((corrupt * tests) / made).toFixed(1)],
    ['infer', infer.toFixed(1), infer.toFixed(1)],
    ['all at once', '', pipeline.toFixed(1)],
  ];
  process.stdout.write(`${formatTable(['', 'images/s', 'predictions/s'], rows)}\n`);
  process.stdout.write(
    `${images} images, ${tests} predictions of each. All at once: ${ratio.toFixed(2)} of the slowest part (${slowest.toFixed(1)}), ${(pipeline / shared).toFixed(2)} of what parts that share all cores allow (${shared.toFixed(1)}).\n`,
  );
}

/** Adds `pnpm bench eval`. */
export function addEvalCommand(command: Command): void {
  command
    .command('eval')
    .description(
      'Decoding, corrupting and predicting alone, each with all cores, beside the evaluation in which they overlap.',
    )
    .requiredOption('--data <path>', 'images, as for pnpm eval robustness')
    .option('--model <file>', 'ONNX classifier with the output "logits" (default: an untrained ViT-S/16)')
    .option('--images <n>', 'how many', integerOption('--images'), 64)
    .option('--batch-size <n>', 'images that the model sees at once', integerOption('--batch-size'), 16)
    .option('--corruptions <names>', 'comma-separated', parseCorruptions, 'all')
    .option('--severities <numbers>', 'comma-separated', parseSeverities, [3 as Severity])
    .option('--device <name>', 'cpu, webgpu, cuda or cuda:<n>', 'cpu')
    .option('--json', 'print one JSON document')
    .action(async ({ model, json, ...options }: EvalOptions) => {
      const folder = await mkdtemp(join(tmpdir(), 'bench-eval-'));
      try {
        const path = model ?? join(folder, 'vit_small.onnx');
        if (model === undefined) {
          process.stderr.write('bench eval: exporting an untrained ViT-S/16 …\n');
          exportModel(path);
        }
        const speed = await evaluationSpeed({
          ...options,
          corruptions: corruptionNames(options.corruptions),
          model: path,
          onPart: (part) => process.stderr.write(`bench eval: ${part} …\n`),
        });
        if (json) process.stdout.write(`${JSON.stringify(speed, null, 2)}\n`);
        else print(speed);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
}
