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

/**
 * A described model with the official initialisation.
 *
 * @throws UserError when the configuration does not fit together
 */
export function untrainedModel(
  { config, optimiser, upernet }: DescribedModel,
  { seed, imageSize = config.imageSize, classes }: UntrainedOptions,
): ModelWithParameters {
  const sized = { ...config, imageSize };
  const asked = classes === undefined ? sized : withClasses(sized, classes, upernet);
  return initialModel<ModelConfig>(asked, seed, optimiser);
}
