import type { MfmModel, Tensors } from '@mfm/models';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';

/** An input of an exported model. */
export interface HeadInput {
  /** Without the batch axis. */
  readonly shape: readonly number[];
  /** What it holds: `normalized` pixels, an `image` in [0, 1], or a `mask` of zeros and ones. */
  readonly content: 'normalized' | 'image' | 'mask';
}

/** What of a model is exported: its inputs, and the function from them to named outputs. */
export interface Head {
  readonly description: string;
  inputs(model: MfmModel): Record<string, HeadInput>;
  run(model: MfmModel, parameters: Tensors, inputs: Record<string, Tensor>): Record<string, Tensor>;
}

const imageShape = ({ config }: MfmModel) => [3, config.imageSize, config.imageSize];

/** Every head by the name that `--head` takes. A new one is a new row. */
export const HEADS: Readonly<Record<string, Head>> = {
  features: {
    description: 'normalised pixels → class token, mean of the patch tokens, patch tokens',
    inputs: (model) => ({ pixel_values: { shape: imageShape(model), content: 'normalized' } }),
    run: (model, parameters, { pixel_values }) => ({ ...model.features(parameters, pixel_values as Tensor4D) }),
  },
  reconstruction: {
    description:
      'image in [0, 1], mask (1 = frequency kept, DC centred) → corrupted image, reconstruction (not clamped), in [0, 1]',
    inputs: (model) => ({
      image: { shape: imageShape(model), content: 'image' },
      mask: { shape: imageShape(model).slice(1), content: 'mask' },
    }),
    run(model, parameters, { image, mask }) {
      const { corrupted, reconstruction } = model.reconstruct(parameters, image as Tensor4D, mask!);
      return { corrupted, reconstruction: model.denormalise(reconstruction) };
    },
  },
};
