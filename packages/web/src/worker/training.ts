import type { InferenceSession, Tensor } from 'onnxruntime-web';
import type { ModelDescription } from '../model/model-description.ts';
import { completeFrequencies } from '../spectrum/complete-frequencies.ts';
import { encodeSafetensors, readSafetensors, type StoredTensors } from '../train/safetensors.ts';
import { fetchBytes, openModel } from './open-model.ts';
import type { Runtime } from './runtime.ts';

/** What a model of `--head train-step` needs, and what it trains. */
export interface TrainingDescription {
  readonly model: ModelDescription;
  readonly batchSize: number;
  /** Number of values that are trained. */
  readonly parameters: number;
}

/** A batch: images float32 [B, 3, H, W] in [0, 1], masks float32 [B, H, W], 1 = frequency kept, DC centred. */
export interface TrainingBatch {
  readonly images: Float32Array;
  readonly masks: Float32Array;
}

/** What a step says of itself. */
export interface StepResult {
  readonly step: number;
  readonly loss: number;
  readonly gradNorm: number;
  readonly milliseconds: number;
}

/** What the model makes of a batch as it is now, without learning from it. */
export interface Evaluation {
  readonly loss: number;
  /** [B, 3, H, W]. */
  readonly corrupted: Float32Array<ArrayBuffer>;
  readonly reconstruction: Float32Array<ArrayBuffer>;
  /** The known frequencies put back into the reconstructions of the first two images. */
  readonly completed: readonly Float32Array<ArrayBuffer>[];
}

/** A training. It owns its state on the device. */
export interface Training {
  readonly description: TrainingDescription;
  step(batch: TrainingBatch, lr: number): Promise<StepResult>;
  evaluate(batch: TrainingBatch): Promise<Evaluation>;
  /** Back to the first step's weights. */
  reset(): void;
  /** The weights as a checkpoint of this project. */
  checkpoint(): Promise<Blob>;
}

const NEXT = 'next.';
type State = Record<string, Tensor>;

function dispose(state: State): void {
  for (const tensor of Object.values(state)) tensor.dispose();
}

/** The state's tensors by the names of their inputs. */
const stateNames = ({ state = '[]' }: Readonly<Record<string, string>>): string[] => JSON.parse(state);

const onGpu = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [`${NEXT}${name}`, 'gpu-buffer' as const]));

/** Moments are not in the file: they begin at zero. */
function initialState(
  { ort }: Runtime,
  session: InferenceSession,
  names: readonly string[],
  { tensors }: StoredTensors,
) {
  const shapes = new Map(session.inputMetadata.map((input) => [input.name, input.isTensor ? input.shape : []]));
  return Object.fromEntries(
    names.map((name) => {
      const shape = shapes.get(name) as number[];
      const data = tensors[name]?.data ?? new Float32Array(shape.reduce((product, length) => product * length, 1));
      return [name, new ort.Tensor('float32', data, shape)];
    }),
  );
}

/**
 * Loads a training. The state is double-buffered: a step reads one set of tensors and writes another, and the first is let go only when the
 * second is whole. On a GPU both stay there.
 */
export async function openTraining(runtime: Runtime, urls: { model: string; initial: string }): Promise<Training> {
  const { ort, device } = runtime;
  const needed = ['mask', 'lr', 'step', 'loss', 'grad_norm', 'corrupted', 'reconstruction'];
  const initial = readSafetensors(await fetchBytes(urls.initial));
  const opened = await openModel(runtime, urls.model, 'image', needed, (metadata) => ({
    ...(device === 'webgpu' && { preferredOutputLocation: onGpu(stateNames(metadata)) }),
  }));
  const { session } = opened;
  const names = stateNames(opened.metadata);
  const { imageSize } = opened.description;
  const batchSize = Number(opened.metadata.batch_size);
  const trained = names.filter((name) => name.startsWith('model.'));
  let state: State = initialState(runtime, session, names, initial);
  let done = 0;

  const feeds = ({ images, masks }: TrainingBatch, lr: number) => ({
    image: new ort.Tensor('float32', images, [batchSize, 3, imageSize, imageSize]),
    mask: new ort.Tensor('float32', masks, [batchSize, imageSize, imageSize]),
    lr: new ort.Tensor('float32', Float32Array.of(lr), []),
    step: new ort.Tensor('float32', Float32Array.of(done + 1), []),
    ...state,
  });
  const numbers = (tensor: Tensor | undefined) => tensor!.data as Float32Array<ArrayBuffer>;

  return {
    description: {
      model: opened.description,
      batchSize,
      parameters: trained.reduce((sum, name) => sum + (initial.tensors[name]?.data.length ?? 0), 0),
    },

    async step(batch, lr) {
      const began = performance.now();
      const outputs = await session.run(feeds(batch, lr), [
        'loss',
        'grad_norm',
        ...names.map((name) => `${NEXT}${name}`),
      ]);
      const before = state;
      state = Object.fromEntries(names.map((name) => [name, outputs[`${NEXT}${name}`]!]));
      dispose(before);
      done++;
      const [loss, gradNorm] = [numbers(outputs.loss)[0]!, numbers(outputs.grad_norm)[0]!];
      return { step: done, loss, gradNorm, milliseconds: performance.now() - began };
    },

    async evaluate(batch) {
      // The outputs of the forward pass alone: the new state is not taken.
      const outputs = await session.run(feeds(batch, 0), ['loss', 'corrupted', 'reconstruction']);
      const [corrupted, reconstruction] = [numbers(outputs.corrupted), numbers(outputs.reconstruction)];
      const area = imageSize ** 2;
      const completed = [0, 1].slice(0, batchSize).map((i) => {
        const image = (all: Float32Array) => all.subarray(i * 3 * area, (i + 1) * 3 * area);
        const mask = batch.masks.subarray(i * area, (i + 1) * area);
        return completeFrequencies(image(batch.images), image(reconstruction), mask, imageSize);
      });
      return { loss: numbers(outputs.loss)[0]!, corrupted, reconstruction, completed };
    },

    reset() {
      dispose(state);
      state = initialState(runtime, session, names, initial);
      done = 0;
    },

    async checkpoint() {
      const entries = trained.map(async (name) => {
        const tensor = state[name]!;
        return [name, { shape: tensor.dims, data: (await tensor.getData()) as Float32Array<ArrayBuffer> }] as const;
      });
      const tensors = { ...initial.tensors, ...Object.fromEntries(await Promise.all(entries)) };
      return encodeSafetensors({ tensors, metadata: { ...initial.metadata, step: JSON.stringify(done) } });
    },
  };
}
