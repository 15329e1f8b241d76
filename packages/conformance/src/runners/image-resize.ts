import { applyTransform, evalTransform, type Image, type ResampleFilter, resample } from '@mfm/data';
import { absoluteCheck, type Check, type Numbers, type Outcome } from '../check/check.ts';
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

/** Kind `image_resize`: crops, flips and the evaluation transform, byte by byte as PIL has them. */
export async function runImageResize(golden: GoldenCase): Promise<Outcome> {
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
  const key = { seed: 0, epoch: 0, sample: 0 };
  checks.push(compare(`eval${crop}`, applyTransform(source, evalTransform(crop, resize), key)));
  const later = Object.keys(tensors).some((name) => name.startsWith('torch_bicubic'));
  return { checks, ...(later && { note: 'torch_bicubic not compared yet' }) };
}
