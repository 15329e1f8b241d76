import { initialModel, type ModelWithParameters } from '@mfm/export';
import { openSession } from '@mfm/onnx';
import { toImages } from '@mfm/robustness';
import type { SuiteModel } from '../commands/robustness/robustness-section.ts';
import { readPreprocessing } from '../model/preprocessing.ts';

const COLOURS = { mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.3] } as const;

/** Tiny classifiers of five classes, with parameters several times the initial ones, whose gradients are next to nothing. */
const MODELS = {
  vit: {
    ...COLOURS,
    imageSize: 16,
    encoder: {
      ...{ type: 'vit', patchSize: 4, embedDim: 12, depth: 1, numHeads: 3, mlpRatio: 2, qkvBias: true },
      positionEmbedding: 'learnt',
    },
    numClasses: 5,
  },
  resnet: {
    ...COLOURS,
    imageSize: 32,
    encoder: { type: 'resnet', block: 'basic', layers: [1, 1, 1, 1], channels: [4, 4, 8, 8], stem: 4 },
    numClasses: 5,
  },
} as const satisfies Record<string, ModelWithParameters['config']>;

/** One of them, untrained. */
export function tinyClassifier(name: keyof typeof MODELS, seed = 3): ModelWithParameters {
  const model = initialModel<ModelWithParameters['config']>(MODELS[name], seed);
  if (name === 'vit')
    for (const { data } of Object.values(model.parameters)) for (const i of data.keys()) data[i]! *= 3;
  return model;
}

/** An exported classifier with the output `logits`, opened the plain way. */
export async function openScoredModel(path: string): Promise<SuiteModel & { close(): Promise<void> }> {
  const session = await openSession(path);
  const preprocessing = readPreprocessing(session, path);
  const { mean, std, input } = preprocessing;
  return {
    ...{ name: 'tiny', identity: path, path, hash: 'of the test', preprocessing, metadata: session.metadata },
    classes: session.outputs[0]!.shape[1] as number,
    async scores(batch) {
      const { images, shape } = toImages(batch);
      const plane = shape[2] * shape[3];
      const data = images.map((value, i) => {
        const channel = Math.floor(i / plane) % 3;
        return (value - mean[channel]!) / std[channel]!;
      });
      const { logits } = await session.run({ [input]: { type: 'float32', dims: shape, data } });
      return logits!.data as Float32Array;
    },
    close: () => session.close(),
  };
}
