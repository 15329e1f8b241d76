import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildModel, findModel, HEADS, untrainedConfig, untrainedModel, writeInitialState } from '@mfm/export';
import { EXPORT_CLI } from './export-cli.ts';

/** How often the most likely class is the eager model's. */
export interface Agreement {
  readonly images: number;
  readonly same: number;
}

/** The parity check of one head of one model. */
export interface ParityRow {
  readonly model: string;
  readonly head: string;
  /** Largest difference of any output from the eager model; undefined where the export failed. */
  readonly maxAbsolute: number | undefined;
  /** Of gradients, in parts of their largest number. */
  readonly relative: number | undefined;
  /** Images that the check replaced, because the eager model itself has no derivative there. */
  readonly replacedImages: number | undefined;
  /** On real images, where there are any and the head classifies. */
  readonly agreement: Agreement | undefined;
  readonly seconds: number;
  /** The command's message, where the export failed. */
  readonly error: string | undefined;
}

interface CommandOutput {
  readonly parity: {
    readonly outputs: readonly { readonly maxAbsolute: number; readonly relative?: number }[];
    readonly replacedImages: number;
  };
}

interface Report {
  readonly comparison: { readonly agreement: readonly (Agreement & { readonly output: string })[] };
}

/** Heads that need classes: ImageNet's. */
const CLASSIFYING = ['classifier', 'gradient'];

/** Weight of batch normalisations that begin at zero, behind which a branch would not be seen: as after some training. */
const AWAKE = 0.25;

const classesFor = (head: string): number | undefined => (CLASSIFYING.includes(head) ? 1000 : undefined);

/** The heads that a model has, as it is or as a classifier. */
export async function headsOf(name: string): Promise<string[]> {
  const described = await findModel(name);
  return Object.keys(HEADS).filter((head) =>
    HEADS[head]!.fits(buildModel(untrainedConfig(described, { classes: classesFor(head) }))),
  );
}

/** An untrained model as a checkpoint, with every branch awake. */
async function writeAwake(path: string, name: string, head: string): Promise<void> {
  const model = untrainedModel(await findModel(name), { seed: 0, classes: classesFor(head) });
  for (const [parameter, { data }] of Object.entries(model.parameters)) {
    const isNorm = model.parameters[parameter.replace(/weight$/, 'running_mean')] !== undefined;
    if (parameter.endsWith('.weight') && isNorm && data.every((value) => value === 0)) data.fill(AWAKE);
  }
  await writeInitialState(path, model);
}

/** The message of a command that failed: its first line but for progress. */
const messageOf = (stderr: string): string | undefined =>
  stderr.split('\n').find((line) => line.includes(':') && !/^(parity check|report)/.test(line));

/**
 * Exports an untrained model with one head, each in a process of its own, and tells how far it is from the eager model.
 *
 * @param images a data set, of which 1000 images are classified by both as well
 */
export async function exportParity(model: string, head: string, images?: string): Promise<ParityRow> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-parity-'));
  const [checkpoint, out, report] = ['untrained.safetensors', 'model.onnx', 'report.json'].map((file) =>
    join(folder, file),
  ) as [string, string, string];
  const began = performance.now();
  try {
    await writeAwake(checkpoint, model, head);
    const isCompared = images !== undefined && head === 'classifier';
    const options = isCompared
      ? ['--report', report, '--report-images', images, '--report-count', '1000', '--report-batches', '8']
      : [];
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [EXPORT_CLI, '--checkpoint', checkpoint, '--head', head, '--onnx', out, '--json', ...options],
      { encoding: 'utf8', maxBuffer: Number.POSITIVE_INFINITY },
    );
    const seconds = (performance.now() - began) / 1000;
    const none = { maxAbsolute: undefined, relative: undefined, replacedImages: undefined, agreement: undefined };
    const row = { model, head, ...none, seconds };
    if (status !== 0) return { ...row, error: messageOf(stderr) ?? `exit code ${status}` };
    const { outputs, replacedImages } = (JSON.parse(stdout) as CommandOutput).parity;
    const relatives = outputs.flatMap(({ relative }) => (relative === undefined ? [] : [relative]));
    return {
      ...row,
      maxAbsolute: Math.max(...outputs.map(({ maxAbsolute }) => maxAbsolute)),
      relative: relatives.length > 0 ? Math.max(...relatives) : undefined,
      replacedImages,
      agreement: isCompared ? await readAgreement(report) : undefined,
      error: undefined,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function readAgreement(report: string): Promise<Agreement | undefined> {
  const { comparison } = JSON.parse(await readFile(report, 'utf8')) as Report;
  const found = comparison.agreement.find(({ output }) => output === 'logits');
  return found && { images: found.images, same: found.same };
}
