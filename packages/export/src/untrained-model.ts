import type { ModelConfig } from './built-model.ts';
import type { ModelWithParameters } from './export-model.ts';
import { initialModel } from './model-source.ts';
import type { DescribedModel } from './named-models.ts';

export interface UntrainedOptions {
  readonly seed: number;
  /** Side of the images in pixels, instead of the described. */
  readonly imageSize?: number | undefined;
  /** Makes it a classifier of so many classes. */
  readonly classes?: number | undefined;
}

/** The encoder of any model, with one linear layer on what it pools. */
function asClassifier(config: ModelConfig, numClasses: number): ModelConfig {
  const { imageSize, encoder, mean, std } = config;
  return { imageSize, encoder, mean, std, numClasses };
}

/**
 * A described model with the official initialisation.
 *
 * @throws UserError when the configuration does not fit together
 */
export function untrainedModel(
  { config, optimiser }: DescribedModel,
  { seed, imageSize = config.imageSize, classes }: UntrainedOptions,
): ModelWithParameters {
  const sized = { ...config, imageSize };
  return initialModel<ModelConfig>(classes === undefined ? sized : asClassifier(sized, classes), seed, optimiser);
}
