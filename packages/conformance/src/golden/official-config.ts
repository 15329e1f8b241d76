import type { MfmConfig } from '@mfm/models';
import { type OfficialLossOptions, toLossOptions } from './official-loss.ts';

/** The part of the official configuration that decides a model and its task. */
export interface OfficialConfig {
  DATA: {
    IMG_SIZE: number;
    FILTER_TYPE: string;
    SAMPLE_RATIO: number;
    MASK_RADIUS1: number;
    MASK_RADIUS2: number;
  };
  MODEL: {
    TYPE: string;
    DROP_RATE?: number;
    DROP_PATH_RATE?: number;
    VIT: {
      PATCH_SIZE: number;
      IN_CHANS: number;
      EMBED_DIM: number;
      DEPTH: number;
      NUM_HEADS: number;
      MLP_RATIO: number;
      QKV_BIAS: boolean;
      INIT_VALUES: number | null;
      USE_APE: boolean;
      USE_FPE: boolean;
      USE_RPB: boolean;
      USE_SHARED_RPB: boolean;
      USE_MEAN_POOLING: boolean;
      DECODER: { DEPTH: number };
    };
    RECOVER_TARGET_TYPE: string;
    FREQ_LOSS: { [K in keyof OfficialLossOptions as Uppercase<K>]: OfficialLossOptions[K] };
  };
}

/** ImageNet's channels in [0, 1]: the official code normalises every data set with them. */
const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

/** What a configuration must be for this project to build it yet, in words. */
function unsupported({ DATA, MODEL }: OfficialConfig, encoderStride: number): string | undefined {
  const { VIT } = MODEL;
  const requirements: [boolean, string][] = [
    [MODEL.TYPE === 'vit', `encoder ${MODEL.TYPE}`],
    [DATA.FILTER_TYPE === 'mfm', `task ${DATA.FILTER_TYPE}`],
    [['masked', 'normal'].includes(MODEL.RECOVER_TARGET_TYPE), `target ${MODEL.RECOVER_TARGET_TYPE}`],
    [!MODEL.DROP_RATE && !MODEL.DROP_PATH_RATE, 'dropout or drop path'],
    [VIT?.DECODER.DEPTH === 0, 'transformer decoder'],
    [!VIT?.USE_MEAN_POOLING, 'mean pooling'],
    [VIT?.IN_CHANS === 3, 'other than 3 channels'],
    [!(VIT?.USE_RPB && VIT.USE_SHARED_RPB), 'two relative position biases at once'],
    [VIT?.PATCH_SIZE === encoderStride, 'decoder stride other than the patch size'],
  ];
  return requirements.find(([holds]) => !holds)?.[1];
}

/** The model that an official configuration describes, or why it cannot be built yet. */
export function toMfmConfig(
  official: OfficialConfig,
  encoderStride: number,
): { config: MfmConfig } | { unsupported: string } {
  const reason = unsupported(official, encoderStride);
  if (reason !== undefined) return { unsupported: reason };
  const { DATA, MODEL } = official;
  const { VIT, FREQ_LOSS } = MODEL;
  const lower = Object.entries(FREQ_LOSS).map(([key, value]) => [key.toLowerCase(), value]);
  const config: MfmConfig = {
    imageSize: DATA.IMG_SIZE,
    encoder: {
      type: 'vit',
      patchSize: VIT.PATCH_SIZE,
      embedDim: VIT.EMBED_DIM,
      depth: VIT.DEPTH,
      numHeads: VIT.NUM_HEADS,
      mlpRatio: VIT.MLP_RATIO,
      qkvBias: VIT.QKV_BIAS,
      positionEmbedding: VIT.USE_APE ? 'learnt' : VIT.USE_FPE ? 'sincos' : 'none',
      initValues: VIT.INIT_VALUES,
      relativePositionBias: VIT.USE_SHARED_RPB ? 'shared' : VIT.USE_RPB ? 'block' : 'none',
    },
    task: {
      filter: 'mfm',
      maskRadius1: DATA.MASK_RADIUS1,
      maskRadius2: DATA.MASK_RADIUS2,
      sampleRatio: DATA.SAMPLE_RATIO,
      target: MODEL.RECOVER_TARGET_TYPE as 'masked' | 'normal',
      loss: toLossOptions(Object.fromEntries(lower) as OfficialLossOptions),
    },
    mean: MEAN,
    std: STD,
  };
  return { config };
}
