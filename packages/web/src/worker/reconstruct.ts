import { completeFrequencies } from '../spectrum/complete-frequencies.ts';
import { type OpenModel, openModel } from './open-model.ts';
import type { Runtime } from './runtime.ts';

/** What a reconstruction model makes of one picture; every tensor float32 [3, H, W]. */
export interface Reconstruction {
  readonly corrupted: Float32Array<ArrayBuffer>;
  readonly reconstruction: Float32Array<ArrayBuffer>;
  /** Amplitudes, DC at the centre, of the picture, of what is left of it, and of the reconstruction. */
  readonly spectra: readonly [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>];
  /** The picture's frequencies where they are kept, the model's where they are masked. */
  readonly completed: Float32Array<ArrayBuffer>;
  /** Milliseconds of the model's run, and of putting known frequencies back. */
  readonly milliseconds: { readonly model: number; readonly completion: number };
}

const SPECTRA = ['spectrum_image', 'spectrum_corrupted', 'spectrum_reconstruction'] as const;

/** Loads a model of `--head reconstruction`. */
export function openReconstruction(runtime: Runtime, url: string): Promise<OpenModel> {
  return openModel(runtime, url, 'image', ['mask', 'corrupted', 'reconstruction', ...SPECTRA]);
}

/**
 * Masks frequencies of one picture and lets the model predict them.
 *
 * @param image [3, H, W] in [0, 1]
 * @param mask [H, W], 1 = frequency kept, 0 = masked, DC centred
 */
export async function reconstruct(
  { ort }: Runtime,
  { session, description }: OpenModel,
  image: Float32Array,
  mask: Float32Array,
): Promise<Reconstruction> {
  const side = description.imageSize;
  const feeds = {
    image: new ort.Tensor('float32', image, [1, 3, side, side]),
    mask: new ort.Tensor('float32', mask, [1, side, side]),
  };
  const began = performance.now();
  const outputs = await session.run(feeds);
  const ended = performance.now();
  const data = (name: string) => outputs[name]!.data as Float32Array<ArrayBuffer>;
  const reconstruction = data('reconstruction');
  const completed = completeFrequencies(image, reconstruction, mask, side);
  const milliseconds = { model: ended - began, completion: performance.now() - ended };
  return {
    corrupted: data('corrupted'),
    ...{ reconstruction, completed },
    spectra: [data(SPECTRA[0]), data(SPECTRA[1]), data(SPECTRA[2])],
    milliseconds,
  };
}
