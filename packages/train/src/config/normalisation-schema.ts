import { z } from 'zod';

const perChannel = z.tuple([z.number(), z.number(), z.number()]);

/** Means and standard deviations of ImageNet's channels in [0, 1], which the official code uses for every data set. */
const IMAGENET_MEAN = [0.485, 0.456, 0.406] as const;
const IMAGENET_STD = [0.229, 0.224, 0.225] as const;

/** Mean and standard deviation of images in [0, 1], per channel. */
export const normalisation = {
  mean: perChannel.default([...IMAGENET_MEAN]),
  std: perChannel.default([...IMAGENET_STD]),
};
