import { createRandom } from '@mfm/data';
import { type HostTensor, type HostTensors, openSession } from '@mfm/onnx';
import type { LinearClassifier } from '../linear-classifier.ts';
import { foldStandardization } from '../standardize.ts';
import { BATCH_NORM_EPSILON, type HeadStepSettings, type StateName, stateShapes, traceHeadStep } from './head-step.ts';

/** Deviation of the initial weights: MAE's and DINO's. */
const INITIAL_DEVIATION = 0.01;

/** Linear heads in training. */
export interface HeadTrainer {
  /**
   * One step on one batch.
   *
   * @param features `[B, D]`
   * @param labels `[B]`
   * @param rates `[G]`, the learning rate of each head now
   * @returns the loss of each head before the step, `[G]`, in nats
   */
  step(features: Float32Array, labels: Int32Array, rates: Float32Array): Promise<Float32Array>;
  /** Each head as it stands, for raw features: batch normalisation by the running statistics is folded in. */
  classifiers(): LinearClassifier[];
  close(): Promise<void>;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

function initialState(settings: HeadStepSettings, seed: number): Record<StateName, Float32Array> {
  const shapes = stateShapes(settings);
  const state = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, new Float32Array(sizeOf(shape))]),
  ) as Record<StateName, Float32Array>;
  state.running_variance.fill(1);
  const own = settings.classCount * settings.dim;
  for (let head = 0; head < settings.heads; head++) {
    const random = createRandom(seed, 'linear head', head);
    for (let i = 0; i < own; i++) state.weight[head * own + i] = random.normal(0, INITIAL_DEVIATION);
  }
  return state;
}

/** Opens the training of G linear heads on the same batches: one pass over the data serves a whole grid of learning rates. Deterministic in the seed. */
export async function openHeadTrainer(
  settings: HeadStepSettings & { readonly seed: number; readonly threads?: number },
): Promise<HeadTrainer> {
  const { heads, classCount, dim, batchSize, batchNorm, seed, threads } = settings;
  const session = await openSession(traceHeadStep(settings), threads === undefined ? {} : { threads });
  const float32 = (dims: readonly number[], data: Float32Array): HostTensor => ({ type: 'float32', dims, data });
  const shapes = stateShapes(settings);
  let state = initialState(settings, seed);
  const target = new Float32Array(batchSize);

  return {
    async step(features, labels, rates) {
      target.set(labels);
      const feeds: Record<string, HostTensor> = {
        features: float32([batchSize, dim], features),
        labels: float32([batchSize, 1], target),
        rate: float32([heads], rates),
      };
      for (const name of Object.keys(shapes) as StateName[]) feeds[name] = float32(shapes[name], state[name]);
      const result: HostTensors = await session.run(feeds);
      state = Object.fromEntries(
        Object.keys(shapes).map((name) => [name, result[`next.${name}`]!.data as Float32Array]),
      ) as Record<StateName, Float32Array>;
      return result.losses!.data as Float32Array;
    },
    classifiers() {
      const own = classCount * dim;
      return Array.from({ length: heads }, (_, head) => {
        const classifier = {
          ...{ classCount, dim },
          weight: Float64Array.from(state.weight.subarray(head * own, (head + 1) * own)),
          bias: Float64Array.from(state.bias.subarray(head * classCount, (head + 1) * classCount)),
        };
        if (!batchNorm) return classifier;
        return foldStandardization(classifier, {
          mean: Float64Array.from(state.running_mean),
          deviation: Float64Array.from(state.running_variance, (value) => Math.sqrt(value + BATCH_NORM_EPSILON)),
        });
      });
    },
    close: () => session.close(),
  };
}
