import { UserError } from '@mfm/cli';
import { imagesFromPixels, normalise, type Tensors } from '@mfm/models';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { BuiltModel } from '../built-model.ts';
import type { Head, HeadGraph, HeadInput, InputContent } from './head.ts';

/** The input that takes the place of a head's images. */
const PIXELS = 'pixels';

/** From [0, 1] to what each kind of image input holds. */
const PREPARE: Partial<Record<InputContent, (images: Tensor, model: BuiltModel) => Tensor>> = {
  image: (images) => images,
  normalized: (images, { config: { mean, std } }) => normalise(images as Parameters<typeof normalise>[0], mean, std),
};

const isImage = ({ content }: HeadInput) => content in PREPARE;

/**
 * A head whose images are `pixels` uint8 [batch, H, W, 3] as decoders give them: the cast to [0, 1], the layout and, where it wants them,
 * mean and deviation are in the graph.
 *
 * @throws UserError for a head that differentiates by its images
 */
export async function fromPixels(head: Head, name: string): Promise<HeadGraph> {
  const graph = await head.graph();
  if (head.differentiatesImages) {
    throw new UserError(
      `--normalize: "${name}" is the derivative with respect to float pixel_values, which bytes do not have. Leave out --normalize.`,
    );
  }
  return {
    ...graph,
    inputs(model) {
      const { imageSize } = model.config;
      const entries = Object.entries(graph.inputs(model)).map(([key, input]): [string, HeadInput] =>
        isImage(input)
          ? [PIXELS, { shape: [imageSize, imageSize, 3], type: 'uint8', content: 'pixels' }]
          : [key, input],
      );
      return Object.fromEntries(entries);
    },
    run(model, parameters, { [PIXELS]: pixels, ...others }, copies) {
      const images = imagesFromPixels(pixels!);
      const prepared = Object.entries(graph.inputs(model))
        .filter(([, input]) => isImage(input))
        .map(([key, { content }]) => [key, PREPARE[content]!(images, model)] as const);
      return graph.run(model, parameters, { ...others, ...(Object.fromEntries(prepared) as Tensors) }, copies);
    },
  };
}
