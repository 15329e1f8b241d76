import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Head } from './head.ts';
import { pixelValues } from './image-input.ts';

/** The encoder's features. */
export const features: Head = {
  description:
    'normalised pixels → mean_pooled and, of a ViT, cls_token and patch_tokens, of a ResNet or Swin, stage_1 … stage_4; of a segmenter its ' +
    'pyramid, stage_1 … stage_4',
  needs: 'any model',
  fits: () => true,
  graph: () => ({
    inputs: pixelValues,
    run: (model, parameters, { pixel_values }) => ({ ...model.features(parameters, pixel_values as Tensor4D) }),
  }),
};
