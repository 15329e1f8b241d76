import { buildPretext, type EncoderConfig, frequencyMask, isDecayed, type PretextConfig } from '@mfm/models';
import { buildPretrainStep, initialState, singleRate, type TrainState, type TrainStep } from '@mfm/train';

const IMAGE_SIZE = 32;
const BATCH_SIZE = 8;

/** Small encoders with every kind of operation that the large ones have. */
export const PARITY_ENCODERS: Readonly<Record<string, EncoderConfig>> = {
  vit: {
    ...{ type: 'vit', patchSize: 4, embedDim: 48, depth: 3, numHeads: 3, mlpRatio: 4 },
    ...{ qkvBias: true, positionEmbedding: 'learnt' },
  },
  resnet: { type: 'resnet', block: 'bottleneck', layers: [1, 1, 1, 1], channels: [8, 16, 24, 32], stem: 8 },
  swin: {
    ...{ type: 'swin', patchSize: 2, embedDim: 12, depths: [2, 2], numHeads: [2, 4], windowSize: 4, mlpRatio: 2 },
    qkvBias: true,
  },
};

/** A step with all that it is given: the same for every engine. */
export interface ParityCase {
  readonly step: TrainStep;
  readonly initial: TrainState;
  readonly batch: Readonly<Record<string, Uint8Array>>;
}

/** Smooth colours with some texture. */
const pixelAt = (i: number) => 127 + 80 * Math.sin(0.05 * i + (i % 3)) + 40 * Math.cos(0.7 * i);

/** @param name of `PARITY_ENCODERS` */
export function parityCase(name: string): ParityCase {
  const config: PretextConfig = {
    imageSize: IMAGE_SIZE,
    encoder: PARITY_ENCODERS[name]!,
    task: { filter: 'mfm', maskRadius1: 4, maskRadius2: 999, sampleRatio: 0.5, target: 'masked' },
    ...{ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  };
  const model = buildPretext(config);
  const optimiser = { betas: [0.9, 0.95] as [number, number], epsilon: 1e-8, weightDecay: 0.05, clipGrad: 3 };
  const step = buildPretrainStep({
    ...{ model, batchSize: BATCH_SIZE, accumulationSteps: 1 },
    optimiser: { ...optimiser, group: singleRate(isDecayed) },
  });
  const low = frequencyMask(IMAGE_SIZE, 4);
  const isLow = (i: number) => Math.floor(i / low.length) % 2 === 0;
  return {
    step,
    initial: initialState(model.parameters, 7),
    batch: {
      pixels: Uint8Array.from({ length: BATCH_SIZE * IMAGE_SIZE ** 2 * 3 }, (_, i) => pixelAt(i)),
      mask: Uint8Array.from({ length: BATCH_SIZE * low.length }, (_, i) => {
        const kept = low[i % low.length]!;
        return isLow(i) ? kept : 1 - kept;
      }),
    },
  };
}
