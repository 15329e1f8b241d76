import { spawn } from 'node:child_process';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isFile, MODEL_FILES, type ModelFiles } from './model-files.ts';

/** Models, and where they come from. */
export interface Prepared {
  readonly files: ModelFiles;
  readonly origin: string;
}

/** What `pnpm web` looks for and makes, below the current folder. */
const QUICKSTART_RUN = join('runs', 'quickstart', 'pretrain');
const FOLDER = join('runs', 'web');
const OWN_RUN = join(FOLDER, 'pretrain');

/** The quickstart's model, for half as many steps as the quickstart. */
const TRAINING = ['--preset', 'mfm_pretrain__vit_quickstart', '--data', 'synthetic:2000', '--epochs', '10'];

/** The heads of the page's models, and further options of `pnpm export`. */
const EXPORTS: readonly { role: keyof ModelFiles; options: readonly string[] }[] = [
  { role: 'reconstruction', options: ['--head', 'reconstruction'] },
  { role: 'features', options: ['--head', 'features'] },
  // The page trains from the beginning, so that there is something to watch.
  { role: 'trainStep', options: ['--head', 'train-step', '--init', 'random', '--batch', '8'] },
];

/** Runs another command of this project as a user would, showing what it prints. */
async function runCommandLine(name: 'train' | 'export', args: readonly string[]): Promise<void> {
  process.stdout.write(`$ pnpm ${name} ${args.join(' ')}\n`);
  const program = fileURLToPath(new URL(`../../../${name}/dist/cli.js`, import.meta.url));
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  if (code !== 0) throw new Error(`default models: "pnpm ${name} ${args.join(' ')}" failed with exit code ${code}.`);
}

const timeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Number.NEGATIVE_INFINITY,
  );

const hasCheckpoint = (run: string): Promise<boolean> =>
  readdir(join(run, 'checkpoints')).then(
    (names) => names.some((name) => name.endsWith('.safetensors')),
    () => false,
  );

/** Trains the small model; a run that was stopped goes on from where it was. */
async function pretrain(): Promise<void> {
  process.stdout.write(
    'There is no model yet: a small one is pre-trained on synthetic pictures, a few minutes, once.\n',
  );
  if (await hasCheckpoint(OWN_RUN)) return runCommandLine('train', ['--resume', '--out', OWN_RUN]);
  await rm(OWN_RUN, { recursive: true, force: true });
  await runCommandLine('train', [...TRAINING, '--out', OWN_RUN]);
}

/**
 * The models that are shown when none are named: of the quickstart's run if it is there, else of a small one that is pre-trained now. What an
 * earlier start has made is used again.
 */
export async function prepareDefaultModels(): Promise<Prepared> {
  const hasQuickstart = await hasCheckpoint(QUICKSTART_RUN);
  const run = hasQuickstart ? QUICKSTART_RUN : OWN_RUN;
  // Models are exported after the run has ended: with one of them there is nothing to train.
  if (!hasQuickstart && !(await isFile(join(FOLDER, MODEL_FILES[EXPORTS[0]!.role].file)))) await pretrain();
  await mkdir(FOLDER, { recursive: true });
  const trained = await timeOf(join(run, 'checkpoints'));
  const files: { -readonly [R in keyof ModelFiles]: string } = {};
  for (const { role, options } of EXPORTS) {
    const path = join(FOLDER, MODEL_FILES[role].file);
    if ((await timeOf(path)) < trained)
      await runCommandLine('export', ['--checkpoint', run, ...options, '--onnx', path]);
    files[role] = path;
  }
  const origin = hasQuickstart
    ? 'It is the quickstart’s, trained on synthetic pictures.'
    : 'It was pre-trained on synthetic pictures when the page was first started.';
  return { files, origin };
}
