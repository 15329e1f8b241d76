import { UserError } from '@mfm/cli';
import { normalizePixels } from '@mfm/data';
import { loadTrainedModel, openEagerThread } from '@mfm/export';
import type { WindowModel } from '@mfm/segmentation';
import type { OnnxSegmenter } from './onnx-segmenter.ts';

/** A checkpoint's segmenter, computed by TensorFlow.js. */
export interface EagerSegmenter extends WindowModel {
  close(): Promise<void>;
}

/**
 * Opens the segmenter of a checkpoint on TensorFlow.js, which shares nothing with ONNX Runtime, to be given the same windows as an ONNX model.
 *
 * @throws UserError when there is no checkpoint, it is no segmenter's, or of other windows or classes than the ONNX model
 */
export async function openEagerSegmenter(path: string, onnx: OnnxSegmenter): Promise<EagerSegmenter> {
  const { config, optimiser, parameters } = await loadTrainedModel(path);
  if (!('upernet' in config)) {
    throw new UserError(`--checkpoint: ${path} must be a segmenter's, and is not. Give the run that the model is of.`);
  }
  const { imageSize, numClasses, mean, std } = config;
  if (imageSize !== onnx.preprocessing.imageSize || numClasses !== onnx.classCount) {
    throw new UserError(
      `--checkpoint: ${path} must have the windows and classes of ${onnx.path} (${onnx.preprocessing.imageSize} px, ${onnx.classCount}), ` +
        `got ${imageSize} px and ${numClasses}. Give the run that the model is of.`,
    );
  }
  const eager = await openEagerThread({ config, optimiser, headName: 'segmentation', normalize: false, parameters });
  return {
    ...{ classCount: numClasses, side: imageSize, batchSize: onnx.batchSize, fill: onnx.fill },
    async run(pixels, count, height, width) {
      const data = normalizePixels(pixels, [count, height, width], { mean, std });
      const { logits } = await eager.run({
        pixel_values: { type: 'float32', dims: [count, 3, height, width], data },
      });
      const size = numClasses * height * width;
      return Array.from({ length: count }, (_, n) => ({
        values: logits!.subarray(n * size, (n + 1) * size),
        ...{ classCount: numClasses, height, width },
      }));
    },
    close: () => eager.close(),
  };
}
