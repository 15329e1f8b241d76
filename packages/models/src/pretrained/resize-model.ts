import { UserError } from '@mfm/cli';
import type { HostParameters } from '../checkpoint/checkpoint.ts';
import { modelTensors } from '../foreign/foreign-model.ts';
import type { AnyModelConfig } from '../foreign/infer-config.ts';
import { type HostParameter, initParameters } from '../parameters/init-parameters.ts';
import type { ParameterSpec } from '../parameters/parameter-spec.ts';
import { resizePositionEmbedding } from './resize-position-embedding.ts';
import { resizeRelativePosition } from './resize-relative-position.ts';

/** Larger images than any encoder is used with. */
const MAX_SIZE = 4096;

interface Resizing {
  readonly suffix: string;
  /** @param classToken whether the model has one */
  resize(tensor: HostParameter, shape: readonly number[], classToken: boolean): HostParameter;
}

const embedding: Resizing['resize'] = (tensor, shape, classToken) => {
  const extra = classToken ? 1 : 0;
  return resizePositionEmbedding(tensor, Math.sqrt(shape[1]! - extra), extra);
};

/** What depends on the grid of tokens, by the end of its name. */
const RESIZINGS: readonly Resizing[] = [
  { suffix: 'absolute_pos_embed', resize: embedding },
  { suffix: 'pos_embed', resize: embedding },
  {
    suffix: 'relative_position_bias_table',
    resize: (tensor, shape, classToken) => resizeRelativePosition(tensor, shape[0]!, classToken ? 3 : 0),
  },
];

function fitted(spec: ParameterSpec, tensor: HostParameter, classToken: boolean): HostParameter {
  const { name, shape, trainable } = spec;
  if (shape.join() === tensor.shape.join()) return tensor;
  // A table that is not trained follows from the grid.
  if (!trainable) return initParameters([spec], 0)[name]!;
  const row = RESIZINGS.find(({ suffix }) => name.endsWith(suffix));
  if (row) return row.resize(tensor, shape, classToken);
  throw new UserError(`resizeModel: ${name} must have the shape [${shape}] at any image size, got [${tensor.shape}].`);
}

/**
 * A trained model for images of another size: position embeddings are resized bicubically, relative position tables as the official
 * fine-tuning does, tables that are not trained are made anew; everything else, a task's mask radii too, stays.
 *
 * @param imageSize side of the square images in pixels
 * @throws UserError when the encoder does not fit images of that size
 */
export function resizeModel<C extends AnyModelConfig>(
  config: C,
  parameters: Readonly<HostParameters>,
  imageSize: number,
): { config: C; parameters: HostParameters } {
  if (!Number.isSafeInteger(imageSize) || imageSize < 1 || imageSize > MAX_SIZE) {
    throw new UserError(`resizeModel: the image size must be a whole number up to ${MAX_SIZE}, got ${imageSize}.`);
  }
  const resized = { ...config, imageSize };
  const specs = modelTensors(resized).parameters;
  const classToken = config.encoder.type === 'vit';
  const entries = specs.map((spec) => [spec.name, fitted(spec, parameters[spec.name]!, classToken)] as const);
  return { config: resized, parameters: Object.fromEntries(entries) };
}
