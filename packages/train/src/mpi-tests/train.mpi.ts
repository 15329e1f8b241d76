import { execFileSync, spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readCheckpoint } from '@mfm/models';
import { readEvaluations } from '../run-directory/evaluations-file.ts';
import { readMetrics } from '../run-directory/metrics-file.ts';
import { startTraining, train } from './mpirun.ts';

const set = (...values: string[]) => values.flatMap((value) => ['--set', value]);

const COMMON = [...['--threads', '1', '--workers', '1', '--seed', '5'], ...set('model.imageSize=16')];
const TINY_VIT = set('model.encoder.embedDim=16', 'model.encoder.depth=2', 'model.encoder.numHeads=2');

const PRETRAIN = (epochs: number) => [
  ...['--preset', 'mfm_pretrain__vit_quickstart', '--data', 'synthetic:64', '--batch-size', '8'],
  ...['--epochs', String(epochs), ...COMMON, ...TINY_VIT, ...set('accumulationSteps=2')],
];

const FINETUNE = [
  ...['finetune', '--preset', 'finetune__vit_cifar10', '--data', 'synthetic:64', '--batch-size', '8', '--epochs', '2'],
  ...[...COMMON, ...TINY_VIT],
  ...set('augmentation.mixup=0.8', 'augmentation.cutmix=1', 'augmentation.mixMode=elem', 'model.dropPathRate=0.3'),
  ...set('optimiser.emaDecay=0.9', 'augmentation.erasing.probability=0.5', 'optimiser.clipGrad=1'),
];

const RESNET = [
  ...['--preset', 'mfm_pretrain__resnet50_cifar10', '--data', 'synthetic:32', '--batch-size', '8', '--epochs', '2'],
  ...['--threads', '1', '--workers', '1', '--sync-bn', '--set', 'model.imageSize=32', '--set', 'data.images=32'],
  ...set('model.encoder.layers=[1,1,1,1]', 'model.encoder.channels=[4,4,8,8]', 'model.encoder.stem=4'),
  // With the usual 1e-8, AdamW turns a gradient that is rounding noise into a step of the rate's size.
  ...set('optimiser.epsilon=1e-3'),
];

/** Batch statistics over all ranks, a mean over labelled pixels of which each has another number, three validation images. */
const SEGMENTATION = [
  ...['segmentation', '--preset', 'upernet_vit_synthetic', '--data', 'synthetic-seg:15', '--batch-size', '4'],
  ...['--steps', '5', '--threads', '1', '--workers', '1', '--seed', '5', '--sync-bn', ...TINY_VIT],
  ...set('model.imageSize=32', 'model.upernet.channels=4', 'model.upernet.auxiliaryChannels=4', 'loss.mean=labelled'),
  ...set('model.dropPathRate=0.3', 'data.ratioRange=[0.2,0.5]', 'schedule.warmupSteps=2', 'evaluation.everySteps=3'),
  // As for the ResNet: a gradient that is rounding noise must not become a whole step.
  ...set('optimiser.epsilon=1e-3'),
];

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mfm-mpi-'));
});
afterAll(() => rm(root, { recursive: true }));

const run = async (ranks: number, name: string, args: readonly string[]): Promise<string> => {
  const out = join(root, name);
  await train(ranks, root, [...args, '--out', out]);
  return out;
};

const lastCheckpoint = async (folder: string) =>
  join(
    folder,
    'checkpoints',
    (await readdir(join(folder, 'checkpoints')))
      .filter((name) => name.startsWith('epoch_'))
      .sort()
      .at(-1)!,
  );

/** Loss, norm and rate of every step within 1e-5, and the weights that they led to. */
async function expectSameTraining(received: string, expected: string, weights: number): Promise<void> {
  const [ours, theirs] = [await readMetrics(received), await readMetrics(expected)];
  expect(ours.map(({ step }) => step)).toEqual(theirs.map(({ step }) => step));
  for (const key of ['loss', 'gradNorm', 'lr'] as const) {
    const values = (lines: typeof ours) => lines.map((line) => line[key]);
    expect(values(ours)).toBeAllclose(values(theirs), { rtol: 1e-5, atol: 0 });
  }
  const [a, b] = [
    await readCheckpoint(await lastCheckpoint(received)),
    await readCheckpoint(await lastCheckpoint(expected)),
  ];
  expect(a.config).toEqual(b.config);
  for (const [name, { data }] of Object.entries(b.model)) {
    expect([...a.model[name]!.data]).toBeAllclose([...data], { rtol: 1e-5, atol: weights });
  }
}

describe('training on several ranks', () => {
  it('is the same pre-training on 1, 2 and 4', async () => {
    const whole = await run(1, 'pretrain-1', PRETRAIN(3));
    expect(await readMetrics(whole)).toHaveLength(12);
    for (const ranks of [2, 4]) {
      // A step of a gradient near zero turns with its rounding: weights may differ by a part of the rate, 3e-3.
      await expectSameTraining(await run(ranks, `pretrain-${ranks}`, PRETRAIN(3)), whole, 1e-4);
    }
  });

  it('is the same from streamed shards, of which every rank reads its own', async () => {
    const shards = join(root, 'shards');
    const make = ['shard', '--data', 'synthetic:64', '--out', shards, '--images-per-shard', '8'];
    execFileSync(process.execPath, [fileURLToPath(new URL('../../../data/dist/cli.js', import.meta.url)), ...make]);
    const args = [...PRETRAIN(2), '--data', shards, '--stream'];
    const whole = await run(1, 'stream-1', args);
    for (const ranks of [2, 4]) await expectSameTraining(await run(ranks, `stream-${ranks}`, args), whole, 1e-4);
  });

  it('is the same fine-tuning with every augmentation, measured on shares of the images', async () => {
    const [whole, shared] = [await run(1, 'finetune-1', FINETUNE), await run(2, 'finetune-2', FINETUNE)];
    await expectSameTraining(shared, whole, 1e-4);
    const [ours, theirs] = [await readEvaluations(shared), await readEvaluations(whole)];
    expect(theirs).toHaveLength(2);
    for (const [epoch, { scores }] of theirs.entries()) {
      expect(Object.keys(ours[epoch]!.scores)).toEqual(Object.keys(scores));
      expect(Object.values(ours[epoch]!.scores)).toBeAllclose(Object.values(scores), { rtol: 1e-5, atol: 0 });
    }
  });

  it('is the same training of a segmenter, whose mIoU is measured on shares of the images', async () => {
    const [whole, shared] = [
      await run(1, 'segmentation-1', SEGMENTATION),
      await run(2, 'segmentation-2', SEGMENTATION),
    ];
    await expectSameTraining(shared, whole, 1e-5);
    const [ours, theirs] = [await readEvaluations(shared), await readEvaluations(whole)];
    expect(ours.map(({ step }) => step)).toEqual([3, 5]);
    for (const [i, { scores }] of theirs.entries()) {
      // In percent; pixels whose best two classes are nearly equal may change sides.
      expect(Object.values(ours[i]!.scores)).toBeAllclose(Object.values(scores), { rtol: 0, atol: 0.05 });
    }
  });

  it('is the same with batch statistics over all ranks (--sync-bn), running statistics included', async () => {
    await expectSameTraining(await run(2, 'resnet-2', RESNET), await run(1, 'resnet-1', RESNET), 1e-5);
  });
});

/** Ends when a checkpoint lies in the folder. */
async function untilCheckpoint(folder: string): Promise<void> {
  for (;;) {
    const names = await readdir(join(folder, 'checkpoints')).catch(() => []);
    if (names.some((name) => name.startsWith('epoch_'))) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Ends when a process is gone. */
async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('a rank that ends', () => {
  // Many short epochs: the job must not be done before it is killed.
  const ARGS = [...PRETRAIN(12), ...set('checkpoint.everySteps=3', 'metricsEverySteps=4')];
  let whole: string;
  beforeAll(async () => {
    whole = await run(2, 'whole', ARGS);
  });

  it('by SIGKILL ends the job, which resumes and ends with the same bytes, also the same on another number of ranks', async () => {
    const killed = join(root, 'killed');
    const job = startTraining(2, root, [...ARGS, '--out', killed]);
    await untilCheckpoint(killed);
    const pids = [await job.pid(0), await job.pid(1)];
    process.kill(pids[1]!, 'SIGKILL');
    const { code, stderr } = await job.ended;
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/rank 1 .*signal 9/);
    for (const pid of pids) await untilGone(pid);
    // Whole: it can be read.
    expect((await readCheckpoint(await lastCheckpoint(killed))).step).toBeGreaterThan(0);
    for (const ranks of [1]) await cp(killed, join(root, `resumed-${ranks}`), { recursive: true });

    await train(2, root, [...ARGS, '--out', killed, '--resume']);
    for (const name of ['metrics.jsonl', join('checkpoints', 'epoch_0012.safetensors')]) {
      const [ours, theirs] = [await readFile(join(killed, name)), await readFile(join(whole, name))];
      expect([name, ours.equals(theirs)]).toEqual([name, true]);
    }
    for (const ranks of [1]) {
      const resumed = join(root, `resumed-${ranks}`);
      await train(ranks, root, ['--out', resumed, '--resume', '--threads', '1']);
      await expectSameTraining(resumed, whole, 1e-3);
    }
  });

  it('by an interrupt makes all of them stop after the same step, with a checkpoint', async () => {
    const stopped = join(root, 'stopped');
    const job = startTraining(2, root, [...ARGS, '--out', stopped]);
    await untilCheckpoint(stopped);
    process.kill(await job.pid(1), 'SIGINT');
    const { code, stderr } = await job.ended;
    expect(stderr).toMatch(/Go on with: pnpm train --resume/);
    expect(code).toBe(130);
    const { step } = await readCheckpoint(await lastCheckpoint(stopped));
    await train(2, root, ['--out', stopped, '--resume', '--threads', '1', '--workers', '1']);
    expect(step).toBeLessThan((await readMetrics(stopped)).at(-1)!.step);
    const last = join('checkpoints', 'epoch_0012.safetensors');
    expect((await readFile(join(stopped, last))).equals(await readFile(join(whole, last)))).toBe(true);
  });

  it('by a loss that is not finite ends the others, and says it once', async () => {
    const out = join(root, 'diverged');
    const { code, stderr } = await startTraining(2, root, [...ARGS, '--lr', '1e30', '--out', out]).ended;
    expect(code).toBe(2);
    expect(stderr.match(/must stay finite/g)).toHaveLength(1);
    expect(stderr).toMatch(/rank 0 of 2: train: the (loss|gradient norm) must stay finite, got/);
  });
});

/** Debian's MPICH beside Open MPI; CI has it. */
const hasMpich = spawnSync('mpirun.mpich', ['--version']).status === 0;

describe('MPICH', () => {
  (hasMpich ? it : it.skip)('trains the same as one process does', async () => {
    const [whole, shared] = [await run(1, 'mpich-1', PRETRAIN(2)), join(root, 'mpich-2')];
    const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
    const args = ['-n', '2', process.execPath, cli, ...PRETRAIN(2), '--out', shared];
    const { status, stderr } = spawnSync('mpirun.mpich', args, { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, expect.stringMatching(/on 2 ranks \(MPICH/)]);
    await expectSameTraining(shared, whole, 1e-4);
  });
});

describe('the network', () => {
  it('may be TCP, as between machines: the job ends with exit code 0', async () => {
    const tcp = { OMPI_MCA_pml: 'ob1', OMPI_MCA_btl: 'tcp,self', OMPI_MCA_btl_tcp_if_include: 'lo' };
    const args = [...PRETRAIN(1), '--out', join(root, 'tcp')];
    const { code, stderr } = await startTraining(2, root, args, tcp).ended;
    expect([code, stderr]).toEqual([0, expect.not.stringMatching(/Segmentation|signal/)]);
  });
});

describe('what is wrong from the start is said once', () => {
  it.each<[string, number, string[], NodeJS.ProcessEnv, RegExp]>([
    ['an unknown preset', 2, ['--preset', 'nonsense'], {}, /unknown preset "nonsense"/],
    [
      'a batch that the ranks cannot share',
      4,
      [...PRETRAIN(1), '--batch-size', '10'],
      {},
      /multiple of the ranks \(4\).*--batch-size 12/,
    ],
    ['images that are not there', 2, [...PRETRAIN(1), '--data', '/nowhere'], {}, /existing path/],
    [
      'an engine of one process',
      2,
      [...PRETRAIN(1), '--engine', 'tfjs'],
      {},
      /must be onnxruntime to train on 2 ranks/,
    ],
    [
      'no library',
      2,
      PRETRAIN(1),
      { MFM_MPI_LIBRARY: '/none/libmpi.so' },
      /MFM_MPI_LIBRARY must be the path of an MPI library/,
    ],
  ])('%s', async (_, ranks, args, env, expected) => {
    const out = join(root, 'refused');
    const { code, stdout, stderr } = await startTraining(ranks, root, [...args, '--out', out], env).ended;
    expect(stderr).toMatch(expected);
    expect(stderr.split('\n').filter((line) => expected.test(line))).toHaveLength(1);
    expect([code, stdout]).toEqual([2, '']);
    expect(await readdir(root)).not.toContain('refused');
  });

  it('a library of the other kind than the launcher', async () => {
    // As MPICH's mpirun starts its processes; what is installed is Open MPI.
    const { code, stderr } = await startTraining(1, root, [...PRETRAIN(1), '--out', join(root, 'refused')], {
      ...{ PMI_RANK: '0', PMI_SIZE: '2', MFM_MPI_LIBRARY: 'libmpi.so.40' },
    }).ended;
    expect(stderr).toMatch(
      /started by MPICH's mpirun, so that the library must be MPICH, got Open MPI v[\d.]+ \(libmpi\.so\.40\)/,
    );
    expect(code).toBe(2);
  });

  it('processes that do not find each other', async () => {
    const { code, stderr } = await startTraining(1, root, [...PRETRAIN(1), '--out', join(root, 'refused')], {
      ...{ SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '2', OMPI_MCA_plm_rsh_agent: 'false' },
    }).ended;
    expect(stderr).toMatch(
      /srun started 2 processes, and Open MPI .* sees 1: they would train apart\. Pass srun --mpi=pmix/,
    );
    expect(code).toBe(2);
  });
});
