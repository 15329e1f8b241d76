import type { ModelDescription } from '../../model/model-description.ts';
import { frequencyMask, type Pass } from '../../spectrum/frequency-mask.ts';
import { drawBatch, flipImage } from '../../train/draw-batch.ts';
import type { TrainingBatch, TrainingDescription } from '../../worker/training.ts';
import { type GalleryPicture, modelImage } from '../gallery.ts';

/** A picture and its mask, as parts of a batch. */
interface Item {
  readonly image: Float32Array;
  readonly pass: Pass;
}

/** What is trained on, and the picture that is held out. */
export interface TrainingPictures {
  readonly heldOut: Float32Array<ArrayBuffer>;
  /** The batch of a step, from 1. */
  batch(seed: number, step: number): TrainingBatch;
  /** The held-out picture with both masks in turn, as often as a batch has room: its first two images are what is shown. */
  readonly evaluation: TrainingBatch;
}

/** The masks that the model is made for. */
function masksFor({ imageSize, maskRadius, maskOuterRadius }: ModelDescription) {
  const radii = { radius: maskRadius, outerRadius: maskOuterRadius };
  const masks = {
    low: frequencyMask(imageSize, { pass: 'low', ...radii }),
    high: frequencyMask(imageSize, { pass: 'high', ...radii }),
  };
  return (pass: Pass) => masks[pass];
}

/**
 * Prepares the pictures for a training.
 *
 * @throws Error when there are fewer than two
 */
export function prepareTrainingPictures(
  pictures: readonly GalleryPicture[],
  heldOutIndex: number,
  { model, batchSize }: TrainingDescription,
): TrainingPictures {
  const images = pictures.map((picture) => modelImage(picture, model));
  const [heldOut] = images.splice(heldOutIndex, 1);
  if (!heldOut || images.length === 0) {
    throw new Error('Training needs at least two pictures: one to look at, and others to learn from. Add pictures.');
  }
  const mask = masksFor(model);
  const area = model.imageSize ** 2;

  function assemble(items: readonly Item[]): TrainingBatch {
    const batch = { images: new Float32Array(items.length * 3 * area), masks: new Float32Array(items.length * area) };
    for (const [i, { image, pass }] of items.entries()) {
      batch.images.set(image, i * 3 * area);
      batch.masks.set(mask(pass), i * area);
    }
    return batch;
  }

  return {
    heldOut,
    batch(seed, step) {
      const draws = drawBatch({ seed, step }, { pictures: images.length, batchSize, lowShare: model.lowShare });
      return assemble(
        draws.map(({ picture, isFlipped, pass }) => ({
          image: isFlipped ? flipImage(images[picture]!, model.imageSize) : images[picture]!,
          pass,
        })),
      );
    },
    evaluation: assemble(
      Array.from({ length: batchSize }, (_, i) => ({ image: heldOut, pass: i % 2 === 0 ? 'low' : 'high' })),
    ),
  };
}
