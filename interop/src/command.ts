import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCommand, startProgress } from '@mfm/cli';
import { HEADS } from '@mfm/export';
import { MODELS } from './cases/model-table.ts';
import { planRows } from './cases/plan.ts';
import { matrixPasses } from './matrix/matrix.ts';
import { printMatrix } from './matrix/print-matrix.ts';
import { runMatrix } from './run-matrix.ts';
import { chooseRuntimes, RUNTIMES } from './runtimes/runtime-table.ts';

interface InteropArguments {
  models: string[];
  heads: string[];
  without: string[];
  keep?: string;
  json?: boolean;
}

/** The folder `interop/`, seen from `dist`. */
const HOME = join(dirname(fileURLToPath(import.meta.url)), '..');

const names = (text: string): string[] => text.split(',').filter((name) => name !== '');

async function interop({ models, heads, without, keep, json }: InteropArguments): Promise<void> {
  const start = Date.now();
  const runtimes = chooseRuntimes(without);
  const plans = planRows(models, heads);
  const workFolder = keep ?? (await mkdtemp(join(tmpdir(), 'mfm-interop-')));
  const log = (text: string) => process.stderr.write(`${text}\n`);
  const progress = startProgress('interop', plans.length * (1 + runtimes.length));
  try {
    const workshop = { cache: join(HOME, '.cache'), home: HOME, log };
    const matrix = await runMatrix({ plans, runtimes, without, workshop, workFolder, progress });
    progress.stop();
    const passed = matrixPasses(matrix);
    const seconds = Math.round((Date.now() - start) / 1000);
    process.stdout.write(
      json
        ? `${JSON.stringify({ passed, seconds, ...matrix }, undefined, 2)}\n`
        : `${printMatrix(matrix)} ${seconds} s\n`,
    );
    if (!passed) process.exitCode = 1;
  } finally {
    progress.stop();
    if (keep === undefined) await rm(workFolder, { recursive: true, force: true });
  }
}

/** The command `pnpm interop`. */
export function interopCommand() {
  const list = RUNTIMES.map(({ name, description }) => `${name}: ${description}`).join('; ');
  return createCommand('interop', 'Runs exported models in other runtimes and compares with onnxruntime-node.', [
    'pnpm interop',
    'pnpm interop --models vit,swin --without tract',
    'pnpm interop --models resnet --heads gradient --without chromium-wasm,chromium-webgpu',
    'pnpm interop --json > interop.json',
  ])
    .option('--models <names>', `these alone, with commas: ${MODELS.map(({ name }) => name).join(', ')}`, names, [])
    .option('--heads <names>', `these alone, with commas: ${Object.keys(HEADS).join(', ')}`, names, [])
    .option('--without <names>', `runtimes to leave out, with commas. ${list}`, names, [])
    .option('--keep <folder>', 'keep exported models, inputs and outputs there')
    .option('--json', 'print one JSON document')
    .action(interop);
}
