import { availableParallelism } from 'node:os';
import { createEngine } from '@mfm/train';
import { type PresetStep, presetConfig, presetStep } from '../preset-step.ts';
import { median } from '../timing.ts';
import { type PytorchRun, requireCounterpart, timePytorch } from './pytorch.ts';

/** What is compared. */
export interface ComparisonOptions {
  readonly preset: string;
  readonly batchSize: number;
  /** Timed steps of each turn. */
  readonly runs: number;
  /** Turns: this project, then PyTorch. */
  readonly rounds: number;
  readonly threads?: number | undefined;
  readonly python: string;
  /** Also by `torch.compile`. */
  readonly compile: boolean;
}

/** One program's steps. */
export interface ProgramRow {
  readonly program: string;
  /** Of each turn the median; here the least of them. */
  readonly secondsPerStep: number;
  readonly imagesPerSecond: number;
  /** Largest relative difference of a step's loss from this project's. */
  readonly lossDifference: number;
}

/** Steps that are not timed: first runs allocate, and compile. */
const WARMUP = 3;
const LEARNING_RATE = 1e-4;

type Steps = Pick<PytorchRun, 'losses' | 'seconds'>;

async function runHere({ step, initial, batch }: PresetStep, runs: number, threads: number): Promise<Steps> {
  const engine = await createEngine({
    ...{ kind: 'onnxruntime', step, initial, accumulationSteps: 1, device: 'cpu', threads },
  });
  try {
    const losses: number[] = [];
    const seconds: number[] = [];
    for (let i = 0; i < WARMUP + runs; i++) {
      const begun = performance.now();
      losses.push((await engine.step(batch, [LEARNING_RATE])).loss);
      if (i >= WARMUP) seconds.push((performance.now() - begun) / 1000);
    }
    return { losses, seconds };
  } finally {
    await engine.close();
  }
}

const largestDifference = (losses: readonly number[], reference: readonly number[]): number =>
  Math.max(...losses.map((loss, i) => Math.abs(loss - reference[i]!) / Math.abs(reference[i]!)));

/**
 * Times a preset's whole training step here and in PyTorch, in turns, from the same weights on the same batch.
 *
 * @throws UserError see `timePytorch`
 */
export async function compareSteps(
  options: ComparisonOptions,
  onProgress: (what: string) => void,
): Promise<ProgramRow[]> {
  const { preset, batchSize, runs, rounds, python, compile, threads = availableParallelism() } = options;
  requireCounterpart(presetConfig(preset));
  const steps = presetStep(preset, batchSize);
  const turns = new Map<string, Steps[]>();
  const keep = (program: string, run: Steps) => turns.set(program, [...(turns.get(program) ?? []), run]);
  const shared = { python, threads, warmup: WARMUP, runs, learningRate: LEARNING_RATE };
  for (let round = 1; round <= rounds; round++) {
    onProgress(`this project, round ${round} of ${rounds}`);
    keep('this project', await runHere(steps, runs, threads));
    for (const compiled of compile ? [false, true] : [false]) {
      onProgress(`PyTorch${compiled ? ', torch.compile' : ''}, round ${round} of ${rounds}`);
      const run = await timePytorch(steps, { ...shared, compile: compiled });
      keep(`PyTorch ${run.torch}${compiled ? ', torch.compile' : ''}`, run);
    }
  }
  const reference = turns.get('this project')![0]!.losses;
  return [...turns].map(([program, all]) => {
    const secondsPerStep = Math.min(...all.map(({ seconds }) => median(seconds)));
    const lossDifference = Math.max(...all.map(({ losses }) => largestDifference(losses, reference)));
    return { program, secondsPerStep, imagesPerSecond: batchSize / secondsPerStep, lossDifference };
  });
}
