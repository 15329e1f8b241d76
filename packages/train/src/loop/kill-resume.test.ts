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

/** Lets a run train, sends the signal after so many milliseconds of that, and gives the exit code: null when killed. */
async function endAfter(folder: string, milliseconds: number, signal: NodeJS.Signals): Promise<number | null> {
  const child = start(folder);
  const exit = once(child, 'exit');
  await Promise.race([once(child.stderr!, 'data'), exit]);
  const timer = setTimeout(() => child.kill(signal), milliseconds);
  await exit;
  clearTimeout(timer);
  return child.exitCode;
}

async function finish(folder: string): Promise<void> {
  const child = start(folder);
  const errors: string[] = [];
  child.stderr!.on('data', (text) => errors.push(String(text)));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(errors.join(''));
}

describe('a run that is ended early', () => {
  let root: string;
  let whole: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'mfm-kill-'));
    whole = join(root, 'whole');
    await finish(whole);
  });
  afterAll(() => rm(root, { recursive: true }));

  it('by SIGKILL resumes, and ends with the same bytes as one that is not', async () => {
    const killed = join(root, 'killed');
    const delays: number[] = [];
    for (let ended = false; !ended && delays.length < 4; ) {
      // Not seeded on purpose: every run of the test tries other moments; the message names them.
      delays.push(Math.round(Math.random() * 700));
      ended = (await endAfter(killed, delays.at(-1)!, 'SIGKILL')) !== null;
    }
    await finish(killed);
    const names = (await readdir(join(whole, 'checkpoints'))).sort();
    expect((await readdir(join(killed, 'checkpoints'))).sort()).toEqual(names);
    for (const name of [...names.map((name) => join('checkpoints', name)), 'metrics.jsonl', 'config.json']) {
      const [expected, received] = await Promise.all([whole, killed].map((run) => readFile(join(run, name))));
      expect({ name, delays, equal: received!.equals(expected!) }).toEqual({ name, delays, equal: true });
    }
  });

  it('by Ctrl-C saves a checkpoint, and ends with the same last bytes when resumed', async () => {
    const interrupted = join(root, 'interrupted');
    expect(await endAfter(interrupted, 300, 'SIGINT')).toBe(130);
    await finish(interrupted);
    for (const name of ['checkpoints/epoch_0040.safetensors', 'metrics.jsonl']) {
      const [expected, received] = await Promise.all([whole, interrupted].map((run) => readFile(join(run, name))));
      expect(received!.equals(expected!)).toBe(true);
    }
  });
});
