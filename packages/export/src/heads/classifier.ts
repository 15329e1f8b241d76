import { evaluation } from '@mfm/models';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { BuiltModel } from '../built-model.ts';
import type { Head } from './head.ts';
import { pixelValues } from './image-input.ts';

/** What heads of classifiers need. */
export const CLASSIFIER = {
  needs:
    'a classifier: a fine-tuned checkpoint, one of timm or torchvision with its head, or an untrained model with --classes',
  fits: ({ classifier }: BuiltModel): boolean => classifier !== undefined,
};

/** The logits of a classifier. */
export const classifier: Head = {
  ...CLASSIFIER,
  description: 'normalised pixels → logits',
  graph: () => ({
    inputs: pixelValues,
    run: (model, parameters, { pixel_values }) => ({
      logits: model.classifier!.logits(parameters, pixel_values as Tensor4D, evaluation()),
    }),
  }),
};
