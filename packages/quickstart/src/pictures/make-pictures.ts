import { applyTransform, type Dataset, evalTransform } from '@mfm/data';
import { frequencyMask } from '@mfm/models';
import { openSession } from '@mfm/onnx';
import { drawImage } from '@mfm/report';
import { drawSpectrum } from './draw-spectrum.ts';
import { mixFrequencies } from './mix-frequencies.ts';

/** High-pass inputs are nearly black: without their mean half of each is clamped to 0, the rest is faint. Shown brighter by this. */
export const HIGH_PASS_GAIN = 4;

/** What the model makes of one half of the spectrum. Every entry is a PNG's data URI. */
export interface FilteredPictures {
  /** What the encoder sees. */
  readonly input: string;
  readonly inputSpectrum: string;
  /** Kept frequencies of the image with the predicted ones in the masked places. */
  readonly restored: string;
}

/** The pictures of one image. */
export interface PictureRow {
  readonly name: string;
  readonly original: string;
  readonly spectrum: string;
  readonly lowPass: FilteredPictures;
  readonly highPass: FilteredPictures;
}

export interface PictureOptions {
  /** ONNX file exported with --head reconstruction. */
  readonly model: string;
  readonly imageSize: number;
  readonly maskRadius1: number;
  readonly maskRadius2: number;
}

/** uint8 `[side, side, 3]` → float32 `[3, side, side]` in [0, 1]. */
function toPlanes(pixels: Uint8Array, side: number): Float32Array {
  const size = side * side;
  return Float32Array.from({ length: 3 * size }, (_, i) => pixels[(i % size) * 3 + Math.floor(i / size)]! / 255);
}

/** Runs images through the exported reconstruction model with the low-pass and the high-pass mask, and draws what comes out. */
export async function makePictures(
  dataset: Dataset,
  indices: readonly number[],
  options: PictureOptions,
): Promise<PictureRow[]> {
  const { model, imageSize: side, maskRadius1, maskRadius2 } = options;
  const lowPass = Float32Array.from(frequencyMask(side, maskRadius1, maskRadius2));
  const highPass = lowPass.map((kept) => 1 - kept);
  const session = await openSession(model);

  async function filtered(image: Float32Array, mask: Float32Array, gain: number): Promise<FilteredPictures> {
    const { corrupted, reconstruction } = await session.run({
      image: { type: 'float32', dims: [1, 3, side, side], data: image },
      mask: { type: 'float32', dims: [1, side, side], data: mask },
    });
    const [input, predicted] = [corrupted!.data as Float32Array, reconstruction!.data as Float32Array];
    const planes = [0, 1, 2].map((c) => {
      const range = [c * side * side, (c + 1) * side * side] as const;
      return mixFrequencies(image.subarray(...range), predicted.subarray(...range), mask, side);
    });
    const restored = Float32Array.from(planes.flatMap((plane) => [...plane]));
    return {
      input: await drawImage(
        input.map((value) => gain * value),
        side,
      ),
      inputSpectrum: await drawSpectrum(input, side),
      restored: await drawImage(restored, side),
    };
  }

  try {
    const rows: PictureRow[] = [];
    for (const index of indices) {
      const pixels = applyTransform(await dataset.read(index), evalTransform(side), {
        seed: 0,
        epoch: 0,
        sample: index,
      });
      const image = toPlanes(pixels, side);
      rows.push({
        name: dataset.classes[dataset.label(index)] ?? '',
        original: await drawImage(image, side),
        spectrum: await drawSpectrum(image, side),
        lowPass: await filtered(image, lowPass, 1),
        highPass: await filtered(image, highPass, HIGH_PASS_GAIN),
      });
    }
    return rows;
  } finally {
    await session.close();
  }
}
