import { expose } from 'comlink';
import type { ModelDescription } from '../model/model-description.ts';
import type { ModelUrls } from '../model/offered-models.ts';
import { extractFeatures, type Features, openFeatures } from './extract-features.ts';
import type { OpenModel } from './open-model.ts';
import { openReconstruction, type Reconstruction, reconstruct } from './reconstruct.ts';
import { type Device, openRuntime, type Runtime } from './runtime.ts';
import {
  type Evaluation,
  openTraining,
  type StepResult,
  type Training,
  type TrainingBatch,
  type TrainingDescription,
} from './training.ts';

/** What was loaded. */
export interface Loaded {
  readonly reconstruction?: ModelDescription;
  readonly features?: ModelDescription;
}

/** ONNX Runtime runs one model at a time on a GPU: what is asked meanwhile waits for its turn. */
let last: Promise<unknown> = Promise.resolve();
function inTurn<T>(task: () => Promise<T>): Promise<T> {
  const result = last.then(task, task);
  last = result.catch(() => {});
  return result;
}

let runtime: Runtime | undefined;
const models: { reconstruction?: OpenModel; features?: OpenModel; training?: Training } = {};
const training = () => opened(models.training, 'a train-step model');

function opened<T>(what: T | undefined, name: string): T {
  if (what === undefined) throw new Error(`engine: ${name} must be loaded first.`);
  return what;
}

/** The worker's side: everything that runs models, so that the page stays free to answer. */
const engine = {
  /** Opens the device; once. Gives its description. */
  async open(device: Device): Promise<string> {
    runtime = await openRuntime(device);
    return runtime.description;
  },

  /** Loads the models of the first tab that there are. */
  load: (urls: ModelUrls): Promise<Loaded> =>
    inTurn(async () => {
      const device = opened(runtime, 'a device');
      if (urls.reconstruction) models.reconstruction = await openReconstruction(device, urls.reconstruction);
      if (urls.features) models.features = await openFeatures(device, urls.features);
      const { reconstruction, features } = models;
      return {
        ...(reconstruction && { reconstruction: reconstruction.description }),
        ...(features && { features: features.description }),
      };
    }),

  reconstruct: (image: Float32Array, mask: Float32Array): Promise<Reconstruction> =>
    inTurn(() =>
      reconstruct(opened(runtime, 'a device'), opened(models.reconstruction, 'a reconstruction model'), image, mask),
    ),

  /** Loads the model of the second tab, at its first step. */
  openTraining: (model: string, initial: string): Promise<TrainingDescription> =>
    inTurn(async () => {
      models.training = await openTraining(opened(runtime, 'a device'), { model, initial });
      return models.training.description;
    }),

  trainStep: (batch: TrainingBatch, lr: number): Promise<StepResult> => inTurn(() => training().step(batch, lr)),

  evaluateTraining: (batch: TrainingBatch): Promise<Evaluation> => inTurn(() => training().evaluate(batch)),

  resetTraining: (): Promise<void> => inTurn(async () => training().reset()),

  trainedCheckpoint: (): Promise<Blob> => inTurn(() => training().checkpoint()),

  extractFeatures: (image: Float32Array): Promise<Features> =>
    inTurn(() => extractFeatures(opened(runtime, 'a device'), opened(models.features, 'a features model'), image)),
};

/** The worker as the page sees it, through Comlink. */
export type Engine = typeof engine;

expose(engine);
