import { UserError } from '@mfm/cli';
import type { ClassifierConfig } from '../classifier/classifier-config.ts';
import type { PretextConfig } from '../pretext/pretext-config.ts';
import type { SegmenterConfig } from '../segmentation/segmenter-config.ts';
import { misfit, type PlainShape } from './plain-shape.ts';

const LOSS: PlainShape = {
  ...{ 'gamma?': 'number', 'matrixGamma?': 'number', 'patchFactor?': 'number', 'aveSpectrum?': 'boolean' },
  ...{ 'withMatrix?': 'boolean', 'logMatrix?': 'boolean', 'batchMatrix?': 'boolean', 'perSampleMean?': 'boolean' },
};

/** What every encoder needs to be looked at; the rest is told by its own checks. */
const ENCODERS: Readonly<Record<string, PlainShape>> = {
  vit: {
    ...{ patchSize: 'number', embedDim: 'number', depth: 'number', numHeads: 'number', mlpRatio: 'number' },
    ...{
      qkvBias: 'boolean',
      positionEmbedding: 'text',
      'initValues?': 'numberOrNull',
      'relativePositionBias?': 'text',
    },
    'meanPooling?': 'boolean',
  },
  resnet: { block: 'text', layers: 'numbers', 'channels?': 'numbers', 'stem?': 'number' },
  swin: {
    ...{ patchSize: 'number', embedDim: 'number', depths: 'numbers', numHeads: 'numbers', windowSize: 'number' },
    ...{ mlpRatio: 'number', qkvBias: 'boolean', 'absolutePositionEmbedding?': 'boolean', 'patchNorm?': 'boolean' },
  },
};

/** Texts that choose something, by where they are. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  'encoder.type': Object.keys(ENCODERS),
  'encoder.block': ['basic', 'bottleneck'],
  'encoder.positionEmbedding': ['learnt', 'sincos', 'none'],
  'encoder.relativePositionBias': ['none', 'block', 'shared'],
  'task.filter': ['mfm', 'sr', 'deblur', 'denoise'],
  'task.target': ['masked', 'normal'],
};

/** No model in use comes near; what a damaged file asks for beyond is not built. */
const MAX_NUMBER = 1e5;
const MAX_BY_KEY: Readonly<Record<string, number>> = { imageSize: 4096, depth: 500, depths: 500, layers: 500 };
const MAX_STAGES = 8;

/** The first number that is too large, or list that is too long. */
function excess(config: object): string | undefined {
  for (const [key, value] of Object.entries(config)) {
    const most = MAX_BY_KEY[key] ?? MAX_NUMBER;
    const numbers = [value].flat().filter((item) => typeof item === 'number');
    if (numbers.some((item) => Math.abs(item) > most)) return `${key} must be at most ${most}`;
    if (numbers.length > MAX_STAGES) return `${key} must hold at most ${MAX_STAGES} numbers`;
  }
  return undefined;
}

const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((below, key) => (below as Record<string, unknown> | undefined)?.[key], value);

function wrongChoice(value: unknown): string | undefined {
  for (const [path, known] of Object.entries(CHOICES)) {
    const chosen = at(value, path);
    if (chosen !== undefined && !known.includes(chosen as string)) return `${path} must be one of ${known.join(', ')}`;
  }
  return undefined;
}

function problemOf(model: unknown): string | undefined {
  const outline = misfit(model, {
    ...{ imageSize: 'number', mean: 'threeNumbers', std: 'threeNumbers', encoder: { type: 'text' } },
    ...{ 'numClasses?': 'number', 'dropPathRate?': 'number' },
    'decoder?': { depth: 'number', embedDim: 'number', numHeads: 'number' },
    'task?': { filter: 'text', target: 'text', 'loss?': LOSS },
    'upernet?': { channels: 'number', poolScales: 'numbers', auxiliaryChannels: 'number', dropout: 'number' },
    'classes?': 'texts',
    'palette?': 'colours',
  });
  const wrong = outline ?? wrongChoice(model);
  if (wrong !== undefined) return wrong;
  const { encoder, imageSize } = model as PretextConfig;
  const inside = misfit(encoder, ENCODERS[encoder.type]!, 'encoder');
  if (inside !== undefined) return inside;
  const { decoder = {}, upernet = {} } = model as Partial<PretextConfig & SegmenterConfig>;
  return excess({ imageSize }) ?? excess(encoder) ?? excess(decoder) ?? excess(upernet);
}

/**
 * The model's part of a configuration that was read from a file: a run's whole configuration, or that part alone. Only types are
 * checked here; what values have to do with each other, when the model is built.
 *
 * @param source the file's name, for messages
 * @param numClasses of a classifier whose configuration leaves it open
 * @throws UserError naming the first setting that is missing or of another type
 */
export function parseModelConfig(
  value: unknown,
  source: string,
  numClasses?: number | undefined,
): PretextConfig | ClassifierConfig | SegmenterConfig {
  const whole = value as { kind?: unknown; model?: unknown } | null | undefined;
  const model = whole?.model ?? value;
  const problem = problemOf(model);
  if (problem !== undefined) {
    throw new UserError(
      `parseModelConfig: ${source}: must hold the configuration of a model (imageSize, encoder, task or numClasses): ${problem}.`,
    );
  }
  const config = model as PretextConfig | ClassifierConfig | SegmenterConfig;
  if ('task' in config || 'numClasses' in config) return config;
  if (numClasses !== undefined) return { ...(config as ClassifierConfig), numClasses };
  throw new UserError(
    `parseModelConfig: ${source}: the configuration of a model must have a task or numClasses, and has neither.`,
  );
}
