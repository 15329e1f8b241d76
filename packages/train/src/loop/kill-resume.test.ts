import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** A model of a few thousand weights, some hundred steps, a checkpoint every three of them. */
const ARGUMENTS = [
  ...['--preset', 'mfm_pretrain__vit_quickstart', '--data', 'synthetic:64', '--epochs', '40', '--batch-size', '8'],
  ...['--threads', '1', '--workers', '1', '--seed', '5'],
  ...['model.imageSize=16', 'model.encoder.embedDim=16', 'model.encoder.depth=1', 'model.encoder.numHeads=2'].flatMap(
    (value) => ['--set', value],
  ),
  ...['checkpoint.everySteps=3', 'checkpoint.keepLast=2', 'accumulationSteps=2'].flatMap((value) => ['--set', value]),
];

const start = (folder: string): ChildProcess =>
  spawn(process.execPath, [cli, ...ARGUMENTS, '--out', folder, '--resume'], { stdio: ['ignore', 'ignore', 'pipe'] });

/** Lets a run train, kills it after so many milliseconds of that, and tells whether it had ended before. */
async function killAfter(folder: string, milliseconds: number): Promise<boolean> {
  const child = start(folder);
  const exit = once(child, 'exit');
  await Promise.race([once(child.stderr!, 'data'), exit]);
  const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
  await exit;
  clearTimeout(timer);
  return child.signalCode === null;
}

async function finish(folder: string): Promise<void> {
  const child = start(folder);
  const errors: string[] = [];
  child.stderr!.on('data', (text) => errors.push(String(text)));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(errors.join(''));
}

describe('a run that is killed', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'mfm-kill-'));
  });
  afterAll(() => rm(root, { recursive: true }));

  it('resumes, and ends with the same bytes as one that is not', async () => {
    const [whole, killed] = [join(root, 'whole'), join(root, 'killed')];
    await finish(whole);
    const delays: number[] = [];
    for (let ended = false; !ended && delays.length < 4; ) {
      // Not seeded on purpose: every run of the test tries other moments; the message names them.
      delays.push(Math.round(Math.random() * 250));
      ended = await killAfter(killed, delays.at(-1)!);
    }
    await finish(killed);
    const names = (await readdir(join(whole, 'checkpoints'))).sort();
    expect((await readdir(join(killed, 'checkpoints'))).sort()).toEqual(names);
    for (const name of [...names.map((name) => join('checkpoints', name)), 'metrics.jsonl', 'config.json']) {
      const [expected, received] = await Promise.all([whole, killed].map((run) => readFile(join(run, name))));
      expect({ name, delays, equal: received!.equals(expected!) }).toEqual({ name, delays, equal: true });
    }
  });
});
