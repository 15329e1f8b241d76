import { amplitudeSpectrum, type PretextModel } from '@mfm/models';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Head } from './head.ts';
import { imageAndMask, imageShape, takesMask } from './image-input.ts';

/** What the model makes of a corrupted image. */
export const reconstruction: Head = {
  description:
    'image in [0, 1], mask (1 = frequency kept, DC centred) → corrupted image, reconstruction (not clamped), in [0, 1]; ' +
    'and the amplitude spectrum of each, spectrum_* (orthonormal, DC centred); of a task without a mask: corrupted image → reconstruction, spectra',
  needs: 'a pre-training checkpoint',
  fits: ({ pretext }) => pretext !== undefined,
  graph: () => ({
    inputs: (model) =>
      takesMask(model) ? imageAndMask(model) : { image: { shape: imageShape(model), content: 'image' } },
    run(model, parameters, { image, mask }) {
      const pretext = model.pretext as PretextModel;
      const images = image as Tensor4D;
      const { corrupted, reconstruction: restored } = pretext.reconstruct(parameters, images, mask ?? images);
      const pictures = { image: images, ...(mask && { corrupted }), reconstruction: pretext.denormalise(restored) };
      const spectra = Object.entries(pictures).map(
        ([name, picture]) => [`spectrum_${name}`, amplitudeSpectrum(picture)] as const,
      );
      const { image: _, ...outputs } = pictures;
      return { ...outputs, ...Object.fromEntries(spectra) };
    },
  }),
};
