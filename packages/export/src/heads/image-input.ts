import type { BuiltModel } from '../built-model.ts';
import type { HeadInput } from './head.ts';

/** [3, H, W] of a model's images. */
export const imageShape = ({ config: { imageSize } }: BuiltModel): number[] => [3, imageSize, imageSize];

/** The input of heads that see normalised images. */
export const pixelValues = (model: BuiltModel): Record<string, HeadInput> => ({
  pixel_values: { shape: imageShape(model), content: 'normalized' },
});

/** The inputs of heads that corrupt images by their frequencies. */
export const imageAndMask = (model: BuiltModel): Record<string, HeadInput> => ({
  image: { shape: imageShape(model), content: 'image' },
  mask: { shape: imageShape(model).slice(1), content: 'mask' },
});

/** The other tasks' corruptions are made outside the model: it is given the corrupted image. */
export const takesMask = ({ pretext }: BuiltModel): boolean => pretext?.config.task.filter === 'mfm';
