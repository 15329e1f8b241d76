import { buildMfm, frequencyMask, isDecayed } from '@mfm/models';
import { countFlops } from '@mfm/onnx';
import { buildMfmStep, createEngine, findPreset, initialState, parseTrainConfig, traceStep } from '@mfm/train';
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
  const { config: chosen } = findPreset(preset);
  const config = parseTrainConfig({ ...chosen, data: { ...chosen.data, path: 'synthetic' } }, preset);
  const model = buildMfm(config.model);
  const { imageSize, task } = config.model;
  const optimiser = { ...config.optimiser, isDecayed };
  const batch = { batchSize, imageSize };
  const flops = countFlops(traceStep(buildMfmStep({ model, optimiser, batch, accumulationSteps: 1 }), 'update'));

  const pixels = Uint8Array.from({ length: batchSize * imageSize ** 2 * 3 }, (_, i) => (i * 2654435761) >>> 24);
  const lowPass = frequencyMask(imageSize, task.maskRadius1);
  const mask = new Uint8Array(batchSize * imageSize ** 2).map((_, i) => lowPass[i % lowPass.length]!);

  const before = await measureGemm(threads);
  const initial = initialState(model, 0);
  const engine = await createEngine({
    kind: 'onnxruntime',
    model,
    initial,
    optimiser,
    batch,
    accumulationSteps: 1,
    device: 'cpu',
    threads,
    profile,
  });
  const seconds = median(await timeRuns(() => engine.step({ pixels, mask }, 1e-4), { warmup: 3, runs }));
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
