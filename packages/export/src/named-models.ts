import { didYouMean, UserError } from '@mfm/cli';
import type { EncoderConfig, PretextConfig, ResnetConfig, SegmenterConfig } from '@mfm/models';
import type { ModelConfig, OptimiserSettings } from './built-model.ts';

/** At 224 px with the official pretext task and ImageNet's colour statistics. */
const pretext = (encoder: EncoderConfig, sampleRatio = 0.5): PretextConfig => ({
  imageSize: 224,
  encoder,
  task: { filter: 'mfm', maskRadius1: 16, maskRadius2: 999, sampleRatio, target: 'masked' },
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
});

/** ViT/16 (Dosovitskiy et al. 2021, Touvron et al. 2021). */
const vit16 = (embedDim: number, depth: number, numHeads: number): PretextConfig =>
  pretext({
    ...{ type: 'vit', patchSize: 16, embedDim, depth, numHeads, mlpRatio: 4 },
    ...{ qkvBias: true, positionEmbedding: 'learnt' },
  });

/** He et al. 2016; low-pass masks for three images in ten, as the official configuration has it. */
const resnet = (block: ResnetConfig['block'], ...layers: number[]): PretextConfig =>
  pretext({ type: 'resnet', block, layers }, 0.3);

/** Liu et al. 2021: heads of 32 channels. */
const swin = (embedDim: number, ...depths: number[]): PretextConfig =>
  pretext({
    ...{ type: 'swin', patchSize: 4, embedDim, depths, windowSize: 7, mlpRatio: 4, qkvBias: true },
    numHeads: depths.map((_, stage) => (embedDim * 2 ** stage) / 32),
  });

/** Models that `--model` knows by name. A new one is a new row. */
const MODELS: Readonly<Record<string, PretextConfig>> = {
  vit_tiny: vit16(192, 12, 3),
  vit_small: vit16(384, 12, 6),
  vit_base: vit16(768, 12, 12),
  vit_large: vit16(1024, 24, 16),
  resnet18: resnet('basic', 2, 2, 2, 2),
  resnet34: resnet('basic', 3, 4, 6, 3),
  resnet50: resnet('bottleneck', 3, 4, 6, 3),
  resnet101: resnet('bottleneck', 3, 4, 23, 3),
  swin_tiny: swin(96, 2, 2, 6, 2),
  swin_small: swin(96, 2, 2, 18, 2),
  swin_base: swin(128, 2, 2, 18, 2),
};

/** Names that `--model` takes. */
export const MODEL_NAMES: readonly string[] = Object.keys(MODELS);

/** What a name or file describes: a model without parameters. */
export interface DescribedModel {
  readonly config: ModelConfig;
  /** How it is trained, where that is told. */
  readonly optimiser?: OptimiserSettings | undefined;
  /** Of a segmenter whose classes the data decide: what comes on top of the encoder, which is `config`. */
  readonly upernet?: SegmenterConfig['upernet'] | undefined;
}

/**
 * A model by its own name, or by that of a preset of `pnpm train`.
 *
 * @throws UserError for an unknown name, offering the nearest
 */
export async function findModel(name: string): Promise<DescribedModel> {
  if (Object.hasOwn(MODELS, name)) return { config: MODELS[name]! };
  const { PRESETS, parseTrainConfig } = await import('@mfm/train');
  const preset = PRESETS.find((candidate) => candidate.name === name)?.config;
  if (preset) {
    const { model, optimiser, kind } = parseTrainConfig(
      { ...preset, data: { path: 'synthetic', ...preset.data } },
      `preset ${name}`,
    );
    const config = model as ModelConfig;
    if ('upernet' in config && config.numClasses === undefined) {
      const { imageSize, encoder, mean, std, upernet } = config;
      return { config: { imageSize, encoder, mean, std }, upernet };
    }
    return kind === 'pretrain' ? { config, optimiser } : { config };
  }
  const names = [...MODEL_NAMES, ...PRESETS.map((candidate) => candidate.name)];
  throw new UserError(`--model: unknown model "${name}"${didYouMean(name, names)}`);
}
