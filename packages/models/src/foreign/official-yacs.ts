import { UserError } from '@mfm/cli';
import type { PthValue } from '../pth/pth-value.ts';
import type { OfficialConfig } from './official-config.ts';
import { misfit, type PlainShape } from './plain-shape.ts';

/** The part of the official configuration that is read. */
const SHAPE: PlainShape = {
  DATA: {
    ...{ IMG_SIZE: 'number', FILTER_TYPE: 'text', SAMPLE_RATIO: 'number', MASK_RADIUS1: 'number' },
    ...{ MASK_RADIUS2: 'number', SR_FACTOR: 'number' },
    BLUR: {
      ...{
        KERNEL_SIZE: 'numbers',
        KERNEL_LIST: 'texts',
        KERNEL_PROB: 'numbers',
        SIGMA_X: 'numbers',
        SIGMA_Y: 'numbers',
      },
      ...{ ROTATE_ANGLE: 'numbers', BETA_GAUSSIAN: 'numbers', BETA_PLATEAU: 'numbers' },
    },
    NOISE: {
      ...{ TYPE: 'texts', PROB: 'numbers', GAUSSIAN_SIGMA: 'numbers', GAUSSIAN_GRAY_NOISE_PROB: 'number' },
      ...{ POISSON_SCALE: 'numbers', POISSON_GRAY_NOISE_PROB: 'number' },
    },
  },
  MODEL: {
    ...{ TYPE: 'text', NUM_CLASSES: 'number', RECOVER_TARGET_TYPE: 'text' },
    VIT: {
      ...{ PATCH_SIZE: 'number', EMBED_DIM: 'number', DEPTH: 'number', NUM_HEADS: 'number', MLP_RATIO: 'number' },
      ...{
        QKV_BIAS: 'boolean',
        INIT_VALUES: 'numberOrNull',
        USE_APE: 'boolean',
        USE_FPE: 'boolean',
        USE_RPB: 'boolean',
      },
      ...{ USE_SHARED_RPB: 'boolean', USE_MEAN_POOLING: 'boolean' },
      DECODER: { EMBED_DIM: 'number', DEPTH: 'number', NUM_HEADS: 'number' },
    },
    SWIN: {
      ...{ PATCH_SIZE: 'number', EMBED_DIM: 'number', DEPTHS: 'numbers', NUM_HEADS: 'numbers', WINDOW_SIZE: 'number' },
      ...{ MLP_RATIO: 'number', QKV_BIAS: 'boolean', APE: 'boolean', PATCH_NORM: 'boolean' },
    },
    RESNET: { LAYERS: 'numbers' },
    FREQ_LOSS: {
      ...{ LOSS_GAMMA: 'number', MATRIX_GAMMA: 'number', PATCH_FACTOR: 'number', AVE_SPECTRUM: 'boolean' },
      ...{ WITH_MATRIX: 'boolean', LOG_MATRIX: 'boolean', BATCH_MATRIX: 'boolean' },
    },
  },
};

/** The keys of a shape, of nested dictionaries as a pickle holds them; nothing else is looked at. */
function pick(value: PthValue | undefined, shape: PlainShape): unknown {
  if (typeof shape === 'string' || !(value instanceof Map)) return value;
  return Object.fromEntries(Object.entries(shape).map(([key, below]) => [key, pick(value.get(key), below)]));
}

/**
 * The configuration that an official checkpoint carries, a yacs `CfgNode`.
 *
 * @param config the checkpoint's entry `config`
 * @param source the file's name, for messages
 * @throws UserError naming the first setting that is missing or of another kind
 */
export function readOfficialConfig(config: PthValue, source: string): OfficialConfig {
  const picked = pick(config, SHAPE);
  const wrong = misfit(picked, SHAPE);
  if (wrong === undefined) return picked as OfficialConfig;
  throw new UserError(
    `readOfficialConfig: ${source}: its configuration must be one of the official MFM code: ${wrong}. Give the file without "config".`,
  );
}
