import { evaluation, IGNORE_INDEX } from '@mfm/models';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Head } from './head.ts';
import { pixelValues } from './image-input.ts';

/** The logits of a segmenter at the size of its images. */
export const segmentation: Head = {
  description: 'normalised pixels → logits [batch, classes, H, W], of every pixel',
  needs: 'a segmenter: a configuration with "upernet"',
  fits: ({ segmenter }) => segmenter !== undefined,
  graph: () => ({
    inputs: pixelValues,
    run: (model, parameters, { pixel_values }) => ({
      logits: model.segmenter!.logits(parameters, pixel_values as Tensor4D, evaluation()),
    }),
    metadata(model) {
      const { classes, palette } = model.segmenter!.config;
      return {
        ignore_index: JSON.stringify(IGNORE_INDEX),
        ...(classes && { classes: JSON.stringify(classes) }),
        ...(palette && { palette: JSON.stringify(palette) }),
      };
    },
  }),
};
