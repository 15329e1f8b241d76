import type { ModelConfig } from './built-model.ts';
import type { ModelWithParameters } from './export-model.ts';
import { initialModel } from './model-source.ts';
import type { DescribedModel } from './named-models.ts';

export interface UntrainedOptions {
  readonly seed: number;
  /** Side of the images in pixels, instead of the described. */
  readonly imageSize?: number | undefined;
  /** Makes it a classifier of so many classes, or of pixels where it is a segmenter. */
  readonly classes?: number | undefined;
}

/** The encoder of any model, with one linear layer on what it pools, or with UperNet. */
function withClasses(config: ModelConfig, numClasses: number, upernet: DescribedModel['upernet']): ModelConfig {
  const { imageSize, encoder, mean, std } = config;
  return { imageSize, encoder, mean, std, numClasses, ...(upernet && { upernet }) };
}

/** The configuration of a described model at a size, as a classifier where classes are asked for. */
export function untrainedConfig(
  { config, upernet }: DescribedModel,
  { imageSize = config.imageSize, classes }: Omit<UntrainedOptions, 'seed'>,
): ModelConfig {
  const sized = { ...config, imageSize };
  return classes === undefined ? sized : withClasses(sized, classes, upernet);
}

/**
 * A described model with the official initialisation.
 *
 * @throws UserError when the configuration does not fit together
 */
export const untrainedModel = (
  described: DescribedModel,
  { seed, ...options }: UntrainedOptions,
): ModelWithParameters => initialModel<ModelConfig>(untrainedConfig(described, options), seed, described.optimiser);
