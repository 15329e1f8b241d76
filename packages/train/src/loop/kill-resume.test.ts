import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** A model of a few thousand weights, some hundred steps, a checkpoint every three of them. */
const argumentsOf = (preset: string, epochs: number, ...settings: string[]) => [
  ...['--preset', preset, '--data', 'synthetic:64', '--epochs', String(epochs), '--batch-size', '8'],
  ...['--threads', '1', '--workers', '1', '--seed', '5'],
  ...['model.imageSize=16', 'model.encoder.embedDim=16', 'model.encoder.depth=1', 'model.encoder.numHeads=2'].flatMap(
    (value) => ['--set', value],
  ),
  ...['checkpoint.everySteps=3', 'checkpoint.keepLast=2', 'accumulationSteps=2', ...settings].flatMap((value) => [
    '--set',
    value,
  ]),
];

/** Two epochs and a part of a third, measured every six steps. */
const SEGMENTATION = [
  ...['segmentation', '--preset', 'upernet_vit_synthetic', '--data', 'synthetic-seg:64', '--steps', '40'],
  ...['--batch-size', '4', '--threads', '1', '--workers', '1', '--seed', '5'],
  ...[
    ...['model.imageSize=32', 'model.encoder.embedDim=16', 'model.encoder.depth=2', 'model.encoder.numHeads=2'],
    ...['model.upernet.channels=4', 'model.upernet.auxiliaryChannels=4', 'model.dropPathRate=0.3'],
    ...['data.photometric=true', 'data.validation.images=1', 'evaluation.everySteps=6', 'schedule.warmupSteps=5'],
    ...['checkpoint.everySteps=3', 'checkpoint.keepLast=2', 'optimiser.emaDecay=0.9'],
  ].flatMap((value) => ['--set', value]),
];

const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  'pre-training': argumentsOf('mfm_pretrain__vit_quickstart', 40),
  'pre-training to denoise': argumentsOf('denoise_pretrain__vit_cifar10', 20),
  'fine-tuning with every augmentation': [
    'finetune',
    ...argumentsOf(
      'finetune__vit_cifar10',
      10,
      ...['model.encoder.depth=2', 'model.dropPathRate=0.3', 'optimiser.emaDecay=0.9', 'augmentation.mixup=0.8'],
      ...['augmentation.cutmix=1', 'augmentation.randAugment=rand-m9-mstd0.5-inc1'],
      'augmentation.erasing.probability=0.5',
    ),
  ],
  segmentation: SEGMENTATION,
};

const start = (folder: string, kind: string): ChildProcess =>
  spawn(process.execPath, [cli, ...ARGUMENTS[kind]!, '--out', folder, '--resume'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });

/** Lets a run train, sends the signal after so many milliseconds of that, and gives the exit code: null when killed. */
async function endAfter(
  folder: string,
  kind: string,
  milliseconds: number,
  signal: NodeJS.Signals,
): Promise<number | null> {
  const child = start(folder, kind);
  const exit = once(child, 'exit');
  await Promise.race([once(child.stderr!, 'data'), exit]);
  const timer = setTimeout(() => child.kill(signal), milliseconds);
  await exit;
  clearTimeout(timer);
  return child.exitCode;
}

async function finish(folder: string, kind: string): Promise<void> {
  const child = start(folder, kind);
  const errors: string[] = [];
  child.stderr!.on('data', (text) => errors.push(String(text)));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(errors.join(''));
}

describe.each(Object.keys(ARGUMENTS))('%s that is ended early', (kind) => {
  let root: string;
  let whole: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'mfm-kill-'));
    whole = join(root, 'whole');
    await finish(whole, kind);
  });
  afterAll(() => rm(root, { recursive: true }));

  /** The loop is the same for all; more of them try more moments of it. */
  const kills = kind === 'pre-training' ? 4 : 2;

  it('by SIGKILL resumes, and ends with the same bytes as one that is not', async () => {
    const killed = join(root, 'killed');
    const delays: number[] = [];
    for (let ended = false; !ended && delays.length < kills; ) {
      // Not seeded on purpose: every run of the test tries other moments; the message names them.
      delays.push(Math.round(Math.random() * 700));
      ended = (await endAfter(killed, kind, delays.at(-1)!, 'SIGKILL')) !== null;
    }
    await finish(killed, kind);
    const names = (await readdir(join(whole, 'checkpoints'))).sort();
    expect((await readdir(join(killed, 'checkpoints'))).sort()).toEqual(names);
    const records = (await readdir(whole)).filter((name) => /\.jsonl?$/.test(name));
    for (const name of [...names.map((name) => join('checkpoints', name)), ...records]) {
      const [expected, received] = await Promise.all([whole, killed].map((run) => readFile(join(run, name))));
      expect({ name, delays, equal: received!.equals(expected!) }).toEqual({ name, delays, equal: true });
    }
  });

  // Ctrl-C is the loop's, whatever it trains.
  if (kind !== 'pre-training') return;

  it('by Ctrl-C saves a checkpoint, and ends with the same last bytes when resumed', async () => {
    const interrupted = join(root, 'interrupted');
    expect(await endAfter(interrupted, kind, 300, 'SIGINT')).toBe(130);
    await finish(interrupted, kind);
    const last = (await readdir(join(whole, 'checkpoints')))
      .filter((name) => name.startsWith('epoch_'))
      .sort()
      .at(-1)!;
    for (const name of [`checkpoints/${last}`, 'metrics.jsonl']) {
      const [expected, received] = await Promise.all([whole, interrupted].map((run) => readFile(join(run, name))));
      expect(received!.equals(expected!)).toBe(true);
    }
  });
});
