import type { Predict } from '@mfm/robustness';
import type { VectorModel } from '../features/feature-model.ts';
import { classifyRows, type LinearClassifier } from './logistic-regression.ts';

/** A classifier of images: the model's features, then the probe; without a probe the model's vectors are the scores themselves. */
export function makePredictor(model: VectorModel, classifier?: LinearClassifier): Predict {
  return async (pixels) => {
    const vectors = await model.run(pixels);
    return classifier ? Float32Array.from(classifyRows(vectors, classifier)) : vectors;
  };
}
