import { countFlops } from '@mfm/onnx';
import { createEngine, traceStep } from '@mfm/train';
import { measureGemm } from './gemm.ts';
import { presetStep } from './preset-step.ts';
import { median, timeRuns } from './timing.ts';

/** One measured configuration. */
export interface StepCase {
  readonly preset: string;
  readonly batchSize: number;
  /** Timed steps. */
  readonly runs: number;
}

/** The configurations that docs/performance.md reports. */
export const STEP_CASES: readonly StepCase[] = [
  { preset: 'mfm_pretrain__vit_small__img224__300ep', batchSize: 8, runs: 8 },
  { preset: 'mfm_pretrain__resnet50__img224__300ep', batchSize: 8, runs: 8 },
  { preset: 'mfm_pretrain__swin_tiny__img224__300ep', batchSize: 8, runs: 8 },
  { preset: 'mfm_pretrain__vit_cifar10', batchSize: 64, runs: 20 },
];

export interface StepResult {
  preset: string;
  batchSize: number;
  parameters: number;
  /** Median over the timed steps. */
  secondsPerStep: number;
  imagesPerSecond: number;
  /** Of the step's matrix products. */
  gflopPerStep: number;
  gflopPerSecond: number;
  /** Bare Gemm of the same process: the mean of a measurement before and one after the steps. */
  gemmGflopPerSecond: number;
  ratio: number;
}

/** Times the whole compiled step (forward, backward, clipping, AdamW) of a preset on random images. */
export async function benchStep(
  { preset, batchSize, runs }: StepCase,
  threads?: number,
  profile?: string,
): Promise<StepResult> {
  const { step, initial, parameters, batch } = presetStep(preset, batchSize);
  const flops = countFlops(traceStep(step, 'update'));

  const before = await measureGemm(threads);
  const engine = await createEngine({
    kind: 'onnxruntime',
    step,
    initial,
    accumulationSteps: 1,
    device: 'cpu',
    threads,
    profile,
  });
  const seconds = median(await timeRuns(() => engine.step(batch, [1e-4]), { warmup: 3, runs }));
  await engine.close();
  const gemm = (before + (await measureGemm(threads))) / 2;

  return {
    preset,
    batchSize,
    parameters,
    secondsPerStep: seconds,
    imagesPerSecond: batchSize / seconds,
    gflopPerStep: flops / 1e9,
    gflopPerSecond: flops / seconds / 1e9,
    gemmGflopPerSecond: gemm / 1e9,
    ratio: flops / seconds / gemm,
  };
}
