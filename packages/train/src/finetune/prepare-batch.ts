import { type Batch, createRandom, eraseRandomly, mixBatch, smoothTargets } from '@mfm/data';
import type { FinetuneConfig } from '../config/finetune-config.ts';
import type { EngineBatch } from '../engine/engine.ts';
import { drawKept } from '../loop/draw-kept.ts';

/** uint8 [N, size, size, 3] → float32 [N, 3, size, size], normalised per channel. */
function normalisePixels(pixels: Uint8Array, size: number, mean: readonly number[], std: readonly number[]) {
  const plane = size * size;
  const images = new Float32Array(pixels.length);
  for (let start = 0; start < pixels.length; start += 3 * plane) {
    for (let channel = 0; channel < 3; channel++) {
      const [scale, shift] = [1 / (255 * std[channel]!), mean[channel]! / std[channel]!];
      const out = start + channel * plane;
      for (let i = 0; i < plane; i++) images[out + i] = pixels[start + 3 * i + channel]! * scale - shift;
    }
  }
  return images;
}

/**
 * Makes the function that turns a loader's batch into what the fine-tuning step is fed, in timm's order: normalise, erase, mix.
 * Every draw depends on (seed, epoch, sample) alone, those of a whole batch on its first sample.
 *
 * @param dropPathRates of the encoder's stochastic branches
 * @returns `images` float32 [N, 3, H, W], `targets` float32 [N, K], and with drop path `dropPath` float32 [N, branches], 1 = kept
 */
export function createBatchPreparation(
  config: FinetuneConfig,
  numClasses: number,
  dropPathRates: readonly number[],
): (epoch: number, batch: Batch) => EngineBatch {
  const { seed, augmentation } = config;
  const { imageSize, mean, std } = config.model;
  const { erasing, mixup, cutmix, labelSmoothing } = augmentation;
  const imageValues = 3 * imageSize ** 2;

  function erase(epoch: number, indices: Int32Array, images: Float32Array): void {
    if (erasing.probability === 0) return;
    indices.forEach((sample, place) => {
      const image = images.subarray(place * imageValues, (place + 1) * imageValues);
      eraseRandomly(image, imageSize, erasing, createRandom(seed, epoch, sample, 'erasing'));
    });
  }

  function mix(epoch: number, { labels, indices, whole }: Batch, images: Float32Array<ArrayBuffer>) {
    if (mixup === 0 && cutmix === 0) return { images, targets: smoothTargets(labels, numClasses, labelSmoothing) };
    const options = {
      ...{ classes: numClasses, mixupAlpha: mixup, cutmixAlpha: cutmix, labelSmoothing },
      probability: augmentation.mixProbability,
      switchProbability: augmentation.switchProbability,
      mode: augmentation.mixMode,
      whole,
    };
    return mixBatch(images, labels, options, createRandom(seed, epoch, whole?.first ?? indices[0]!, 'mixing'));
  }

  return (epoch, batch): EngineBatch => {
    const images = normalisePixels(batch.pixels, imageSize, mean, std);
    erase(epoch, batch.indices, images);
    const fed = mix(epoch, batch, images);
    const key = { seed, epoch, indices: batch.indices };
    return dropPathRates.length > 0 ? { ...fed, dropPath: drawKept(dropPathRates, 'dropPath', key) } : fed;
  };
}
