import { buildPretext, frequencyMask, isDecayed, type PretextModel } from '@mfm/models';
import { countFlops } from '@mfm/onnx';
import {
  buildPretrainStep,
  createEngine,
  type EngineBatch,
  findPreset,
  initialState,
  parsePretrainConfig,
  singleRate,
  traceStep,
} from '@mfm/train';
import { measureGemm } from './gemm.ts';
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

/** Random pixels, and what else the task's batch holds: low-pass masks, or degraded images. */
function randomBatch(model: PretextModel, batchSize: number): EngineBatch {
  const { imageSize, task } = model.config;
  const lowPass = frequencyMask(imageSize, task.filter === 'mfm' ? task.maskRadius1 : imageSize / 14);
  const byte = (i: number) => (i * 2654435761) >>> 24;
  return Object.fromEntries(
    Object.entries(model.batch(batchSize)).map(([name, { shape, dtype }]) => {
      const length = shape.reduce((product, side) => product * side, 1);
      if (dtype !== 'uint8') return [name, Float32Array.from({ length }, (_, i) => byte(i) / 255)];
      if (name === 'pixels') return [name, Uint8Array.from({ length }, (_, i) => byte(i))];
      return [name, new Uint8Array(length).map((_, i) => lowPass[i % lowPass.length]!)];
    }),
  );
}

/** Times the whole compiled step (forward, backward, clipping, AdamW) of a preset on random images. */
export async function benchStep(
  { preset, batchSize, runs }: StepCase,
  threads?: number,
  profile?: string,
): Promise<StepResult> {
  const { config: chosen } = findPreset(preset);
  const config = parsePretrainConfig({ ...chosen, data: { ...chosen.data, path: 'synthetic' } }, preset);
  const model = buildPretext(config.model);
  const clipGrad = config.optimiser.clipGrad ?? Number.POSITIVE_INFINITY;
  const optimiser = { ...config.optimiser, clipGrad, group: singleRate(isDecayed) };
  const step = buildPretrainStep({ model, batchSize, optimiser, accumulationSteps: 1 });
  const flops = countFlops(traceStep(step, 'update'));

  const before = await measureGemm(threads);
  const initial = initialState(model.parameters, 0);
  const engine = await createEngine({
    kind: 'onnxruntime',
    step,
    initial,
    accumulationSteps: 1,
    device: 'cpu',
    threads,
    profile,
  });
  const batch = randomBatch(model, batchSize);
  const seconds = median(await timeRuns(() => engine.step(batch, [1e-4]), { warmup: 3, runs }));
  await engine.close();
  const gemm = (before + (await measureGemm(threads))) / 2;

  return {
    preset,
    batchSize,
    parameters: Object.values(initial.parameters).reduce((sum, { length }) => sum + length, 0),
    secondsPerStep: seconds,
    imagesPerSecond: batchSize / seconds,
    gflopPerStep: flops / 1e9,
    gflopPerSecond: flops / seconds / 1e9,
    gemmGflopPerSecond: gemm / 1e9,
    ratio: flops / seconds / gemm,
  };
}
