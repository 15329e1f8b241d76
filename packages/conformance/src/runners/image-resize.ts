import {
  applyTransform,
  evalTransform,
  type Image,
  type PlanarImage,
  type ResampleFilter,
  resample,
  torchBicubicResize,
} from '@mfm/data';
import { imagesFromPixels, normalise, type PerChannel, type ReadTensor } from '@mfm/models';
import type * as tf from '@tensorflow/tfjs-core';
import { absoluteCheck, type Check, type Numbers, type Outcome, relativeCheck } from '../check/check.ts';
import { TOLERANCE } from '../check/tolerances.ts';
import type { Evaluate } from '../evaluate/evaluate.ts';
import type { GoldenCase } from '../golden/golden-case.ts';

interface Crop {
  /** `<crop>/<filter>`. */
  name: string;
  top: number;
  left: number;
  height: number;
  width: number;
  out: number;
  flip: boolean;
}

/** uint8 [3, H, W] → an image. */
function toImage({ shape, data }: { shape: readonly number[]; data: Numbers }): Image {
  const [, height, width] = shape as [number, number, number];
  const pixels = Uint8Array.from({ length: 3 * height * width }, (_, index) =>
    Number(data[(index % 3) * height * width + Math.floor(index / 3)]),
  );
  return { pixels, width, height };
}

/** uint8 [side, side, 3] → [3, side, side]. */
const byChannel = (pixels: Uint8Array): Uint8Array =>
  pixels.map((_, index) => pixels[(index % (pixels.length / 3)) * 3 + Math.floor(index / (pixels.length / 3))]!);

const [MEAN, STD]: readonly PerChannel[] = [
  [0.485, 0.456, 0.406],
  [0.229, 0.224, 0.225],
];

/** PyTorch's bicubic resizes of `torch_bicubic_input`, to whatever sizes the case has; the `sr` task is made of them. */
function torchChecks(tensors: Readonly<Record<string, ReadTensor>>): Check[] {
  const input = tensors.torch_bicubic_input;
  if (!input) return [];
  const [, height, width] = input.shape as [number, number, number];
  const image: PlanarImage = { data: Float32Array.from(input.data, Number), width, height };
  const names = Object.keys(tensors).filter((name) => /^torch_bicubic_(?!input$)/.test(name));
  return names.map((name) => {
    const { shape, data } = tensors[name]!;
    const resized = torchBicubicResize(image, shape[1]!, shape[2]!);
    return relativeCheck(name, resized.data, data, TOLERANCE.output);
  });
}

/** Kind `image_resize`: crops, flips and the evaluation transform, byte by byte as PIL has them; bicubic resizes as PyTorch's. */
export async function runImageResize(golden: GoldenCase, evaluate: Evaluate): Promise<Outcome> {
  const tensors = await golden.tensors();
  const source = toImage(tensors.source!);
  const compare = (name: string, pixels: Uint8Array): Check =>
    absoluteCheck(name, byChannel(pixels), tensors[name]?.data ?? [], 0);
  const checks = (golden.json.crops as Crop[]).map(({ name, top, left, height, width, out, flip }) => {
    const filter = name.split('/').at(-1) as ResampleFilter;
    return compare(
      name,
      resample(source, { box: { top, left, height, width }, outWidth: out, outHeight: out, flip, filter }),
    );
  });
  const { resize_short_side: resize, crop } = golden.json.eval as { resize_short_side: number; crop: number };
  const pixels = applyTransform(source, evalTransform(crop, resize), { seed: 0, epoch: 0, sample: 0 });
  checks.push(compare(`eval${crop}`, pixels));
  const normalized = tensors[`eval${crop}_normalized`];
  if (normalized) {
    const results = await evaluate(
      (inputs) => ({ images: normalise(imagesFromPixels(inputs.pixels as tf.Tensor), MEAN!, STD!) }),
      { pixels: { shape: [1, crop, crop, 3], data: pixels } },
    );
    checks.push(relativeCheck(`eval${crop}_normalized`, results.images!, normalized.data, TOLERANCE.output));
  }
  return { checks: [...checks, ...torchChecks(tensors)] };
}
