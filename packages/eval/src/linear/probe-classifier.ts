import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Classifier } from '@mfm/robustness';
import type { VectorModel } from '../model/feature-model.ts';
import { classifyRows, type LinearClassifier } from './linear-classifier.ts';

function hashOf({ weight, bias }: LinearClassifier): string {
  return createHash('sha256').update(weight).update(bias).digest('hex');
}

/**
 * A classifier of images: the model's features, then the probe; without a probe the model's vectors are the scores themselves.
 *
 * @param device where the model runs: it moves scores by rounding
 */
export function makeClassifier(model: VectorModel, probe?: LinearClassifier, device = 'cpu'): Classifier {
  const { hash, output, preprocessing } = model;
  return {
    name: basename(model.path, '.onnx'),
    identity: { sha256: hash, output, preprocessing, probe: probe ? hashOf(probe) : null, device },
    async scores(batch) {
      const vectors = await (batch.kind === 'pixels' ? model.run(batch.pixels) : model.runImages(batch.images));
      return probe ? Float32Array.from(classifyRows(vectors, probe)) : vectors;
    },
  };
}
