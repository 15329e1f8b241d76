import { UserError } from '@mfm/cli';
import type { EncoderConfig } from '../encoder/encoder-table.ts';
import type { PretextConfig } from '../pretext/pretext-config.ts';
import type { KernelFamily, PretextTask } from '../pretext/task-config.ts';
import type { ResnetConfig } from '../resnet/resnet-config.ts';
import type { FrequencyLossOptions } from '../spectral/frequency-loss.ts';

type Range = [number, number];

/** The part of the official configuration that decides a model and its pretext task. */
export interface OfficialConfig {
  DATA: {
    IMG_SIZE: number;
    FILTER_TYPE: string;
    SAMPLE_RATIO: number;
    MASK_RADIUS1: number;
    MASK_RADIUS2: number;
    SR_FACTOR: number;
    BLUR: {
      KERNEL_SIZE: number[];
      KERNEL_LIST: KernelFamily[];
      KERNEL_PROB: number[];
      SIGMA_X: Range;
      SIGMA_Y: Range;
      ROTATE_ANGLE: Range;
      BETA_GAUSSIAN: Range;
      BETA_PLATEAU: Range;
    };
    NOISE: {
      TYPE: ('gaussian' | 'poisson')[];
      PROB: number[];
      GAUSSIAN_SIGMA: Range;
      GAUSSIAN_GRAY_NOISE_PROB: number;
      POISSON_SCALE: Range;
      POISSON_GRAY_NOISE_PROB: number;
    };
  };
  MODEL: {
    TYPE: string;
    NUM_CLASSES: number;
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
      DECODER: { EMBED_DIM: number; DEPTH: number; NUM_HEADS: number };
    };
    SWIN: {
      PATCH_SIZE: number;
      EMBED_DIM: number;
      DEPTHS: number[];
      NUM_HEADS: number[];
      WINDOW_SIZE: number;
      MLP_RATIO: number;
      QKV_BIAS: boolean;
      APE: boolean;
      PATCH_NORM: boolean;
    };
    RESNET: { LAYERS: number[] };
    RECOVER_TARGET_TYPE: string;
    FREQ_LOSS: {
      LOSS_GAMMA: number;
      MATRIX_GAMMA: number;
      PATCH_FACTOR: number;
      AVE_SPECTRUM: boolean;
      WITH_MATRIX: boolean;
      LOG_MATRIX: boolean;
      BATCH_MATRIX: boolean;
    };
  };
}

/** ImageNet's channels in [0, 1]: the official code normalises every data set with them. */
const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

/** The official names of the loss options → ours. */
export const toLossOptions = (official: OfficialConfig['MODEL']['FREQ_LOSS']): FrequencyLossOptions => ({
  gamma: official.LOSS_GAMMA,
  matrixGamma: official.MATRIX_GAMMA,
  patchFactor: official.PATCH_FACTOR,
  aveSpectrum: official.AVE_SPECTRUM,
  withMatrix: official.WITH_MATRIX,
  logMatrix: official.LOG_MATRIX,
  batchMatrix: official.BATCH_MATRIX,
  perSampleMean: false,
});

/** Every encoder by the official `MODEL.TYPE`. */
const ENCODERS: Readonly<Record<string, (model: OfficialConfig['MODEL']) => EncoderConfig>> = {
  vit: ({ VIT }) => ({
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
    meanPooling: VIT.USE_MEAN_POOLING,
  }),
  // The official class is made of bottlenecks whatever its depth.
  resnet: ({ RESNET }): ResnetConfig => ({ type: 'resnet', block: 'bottleneck', layers: RESNET.LAYERS }),
  swin: ({ SWIN }) => ({
    type: 'swin',
    patchSize: SWIN.PATCH_SIZE,
    embedDim: SWIN.EMBED_DIM,
    depths: SWIN.DEPTHS,
    numHeads: SWIN.NUM_HEADS,
    windowSize: SWIN.WINDOW_SIZE,
    mlpRatio: SWIN.MLP_RATIO,
    qkvBias: SWIN.QKV_BIAS,
    absolutePositionEmbedding: SWIN.APE,
    patchNorm: SWIN.PATCH_NORM,
  }),
};

type TaskBase = Pick<PretextTask, 'target' | 'loss'>;

/** Every pretext task by the official `DATA.FILTER_TYPE`. */
const TASKS: Readonly<Record<string, (data: OfficialConfig['DATA'], base: TaskBase) => PretextTask>> = {
  mfm: ({ MASK_RADIUS1, MASK_RADIUS2, SAMPLE_RATIO }, base) => ({
    ...{ ...base, filter: 'mfm', maskRadius1: MASK_RADIUS1, maskRadius2: MASK_RADIUS2, sampleRatio: SAMPLE_RATIO },
  }),
  sr: ({ SR_FACTOR }, base) => ({ ...base, filter: 'sr', factor: SR_FACTOR }),
  deblur: ({ BLUR }, base) => ({
    ...base,
    filter: 'deblur',
    kernelSize: BLUR.KERNEL_SIZE,
    kernelList: BLUR.KERNEL_LIST,
    kernelProb: BLUR.KERNEL_PROB,
    sigmaX: BLUR.SIGMA_X,
    sigmaY: BLUR.SIGMA_Y,
    rotateAngle: BLUR.ROTATE_ANGLE,
    betaGaussian: BLUR.BETA_GAUSSIAN,
    betaPlateau: BLUR.BETA_PLATEAU,
  }),
  denoise: ({ NOISE }, base) => ({
    ...base,
    filter: 'denoise',
    noise: NOISE.TYPE,
    noiseProb: NOISE.PROB,
    gaussianSigma: NOISE.GAUSSIAN_SIGMA,
    gaussianGrayProb: NOISE.GAUSSIAN_GRAY_NOISE_PROB,
    poissonScale: NOISE.POISSON_SCALE,
    poissonGrayProb: NOISE.POISSON_GRAY_NOISE_PROB,
  }),
};

function choose<T>(table: Readonly<Record<string, T>>, key: string, what: string): T {
  if (Object.hasOwn(table, key)) return table[key]!;
  throw new UserError(`toPretextConfig: ${what} must be one of ${Object.keys(table).join(', ')}, got "${key}".`);
}

/** The encoder that an official configuration describes; @throws UserError for one that the official code does not have */
export const toEncoderConfig = ({ MODEL }: OfficialConfig): EncoderConfig =>
  choose(ENCODERS, MODEL.TYPE, 'MODEL.TYPE')(MODEL);

/**
 * The model that an official configuration describes.
 *
 * @throws UserError for an encoder, task or target that the official code does not have
 */
export function toPretextConfig(official: OfficialConfig): PretextConfig {
  const { DATA, MODEL } = official;
  const target = choose(
    { masked: 'masked', normal: 'normal' } as const,
    MODEL.RECOVER_TARGET_TYPE,
    'RECOVER_TARGET_TYPE',
  );
  const { EMBED_DIM, DEPTH, NUM_HEADS } = MODEL.VIT.DECODER;
  const hasBlocks = MODEL.TYPE === 'vit' && DEPTH > 0;
  return {
    imageSize: DATA.IMG_SIZE,
    encoder: toEncoderConfig(official),
    ...(hasBlocks && { decoder: { depth: DEPTH, embedDim: EMBED_DIM, numHeads: NUM_HEADS } }),
    task: choose(TASKS, DATA.FILTER_TYPE, 'DATA.FILTER_TYPE')(DATA, { target, loss: toLossOptions(MODEL.FREQ_LOSS) }),
    mean: MEAN,
    std: STD,
  };
}
