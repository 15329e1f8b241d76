import { UserError } from '@mfm/cli';
import { normalizePixels } from '@mfm/data';
import type { HostTensor, HostTensors } from '@mfm/onnx';
import type { BuiltModel } from '../built-model.ts';
import type { HeadGraph, InputContent } from '../heads/head.ts';
import { drawMask } from '../probe/probe-inputs.ts';

type Feed = (model: BuiltModel, pixels: Uint8Array, count: number) => HostTensor;

const planes = ({ config: { imageSize } }: BuiltModel, count: number): [number, number, number] => [
  count,
  imageSize,
  imageSize,
];

const floats = (data: Float32Array, dims: readonly number[]): HostTensor => ({ type: 'float32', dims, data });

/** How images become each kind of input; a kind that is not made of images has no row. */
const FEEDS: Readonly<Partial<Record<InputContent, Feed>>> = {
  normalized(model, pixels, count) {
    const { imageSize } = model.config;
    return floats(normalizePixels(pixels, planes(model, count), model.config), [count, 3, imageSize, imageSize]);
  },
  image(model, pixels, count) {
    const { imageSize } = model.config;
    const unit = { mean: [0, 0, 0], std: [1, 1, 1] };
    return floats(normalizePixels(pixels, planes(model, count), unit), [count, 3, imageSize, imageSize]);
  },
  pixels: ({ config: { imageSize } }, pixels, count) => ({
    type: 'uint8',
    dims: [count, imageSize, imageSize, 3],
    data: pixels,
  }),
  mask(model, _, count) {
    const { imageSize } = model.config;
    const data = new Float32Array(count * imageSize ** 2);
    for (let i = 0; i < count; i++) drawMask(data.subarray(i * imageSize ** 2, (i + 1) * imageSize ** 2), imageSize, i);
    return floats(data, planes(model, count));
  },
};

/** Whether a head can be fed with images alone. */
export const isFedWithImages = (model: BuiltModel, head: HeadGraph): boolean =>
  Object.values(head.inputs(model)).every(({ content }) => FEEDS[content]);

/**
 * Checks that a head can be fed with images alone.
 *
 * @throws UserError for a head with other inputs: labels, a training state
 */
export function requireImageHead(model: BuiltModel, head: HeadGraph, name: string): void {
  const other = Object.entries(head.inputs(model)).find(([, { content }]) => !FEEDS[content]);
  if (!other) return;
  throw new UserError(
    `--precision: "${name}" must stay fp32, for its input "${other[0]}" belongs to training, whose gradients are too small for fewer bits. ` +
      'Reduce a head that is fed with images alone.',
  );
}

/**
 * A head's inputs for some images.
 *
 * @param pixels uint8 [N, side, side, 3]
 */
export function imageFeeds(model: BuiltModel, head: HeadGraph, pixels: Uint8Array): HostTensors {
  const count = pixels.length / (3 * model.config.imageSize ** 2);
  return Object.fromEntries(
    Object.entries(head.inputs(model)).map(([name, { content }]) => [name, FEEDS[content]!(model, pixels, count)]),
  );
}
