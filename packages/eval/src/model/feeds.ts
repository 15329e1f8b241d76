import { normalizePixels } from '@mfm/data';
import type { HostTensor } from '@mfm/onnx';
import { toPixels } from '@mfm/robustness';
import type { Preprocessing } from './preprocessing.ts';

/** A batch as an encoding feeds it; a model with a fixed batch gets the last images with zeros behind them. */
type Feed<T> = (part: T, batch: number, preprocessing: Preprocessing) => HostTensor;
type FeedTable<T> = Readonly<Record<Preprocessing['encoding'], Feed<T>>>;

const FROM_PIXELS: FeedTable<Uint8Array> = {
  normalized(part, batch, preprocessing) {
    const { imageSize: side } = preprocessing;
    const data = new Float32Array(batch * 3 * side * side);
    normalizePixels(part, [part.length / (3 * side * side), side, side], preprocessing, data);
    return { type: 'float32', dims: [batch, 3, side, side], data };
  },
  pixels(part, batch, { imageSize: side }) {
    const data = new Uint8Array(batch * 3 * side * side);
    data.set(part);
    return { type: 'uint8', dims: [batch, side, side, 3], data };
  },
};

const FROM_IMAGES: FeedTable<Float32Array> = {
  normalized(part, batch, { imageSize: side, mean, std }) {
    const plane = side * side;
    const data = new Float32Array(batch * 3 * plane);
    for (let start = 0, channel = 0; start < part.length; start += plane, channel = (channel + 1) % 3) {
      const [offset, scale] = [mean[channel]!, std[channel]!];
      for (let p = start; p < start + plane; p++) data[p] = (part[p]! - offset) / scale;
    }
    return { type: 'float32', dims: [batch, 3, side, side], data };
  },
  pixels(part, batch, preprocessing) {
    const { imageSize: side } = preprocessing;
    const images = { kind: 'images', images: part, shape: [part.length / (3 * side * side), 3, side, side] } as const;
    const keys = { labels: new Int32Array(), indices: new Int32Array() };
    return FROM_PIXELS.pixels(toPixels({ ...images, ...keys }).pixels, batch, preprocessing);
  },
};

/** uint8 `[N, side, side, 3]` as the model's input. */
export const pixelFeed: Feed<Uint8Array> = (part, batch, preprocessing) =>
  FROM_PIXELS[preprocessing.encoding](part, batch, preprocessing);

/** float32 `[N, 3, side, side]` in [0, 1] as the model's input. */
export const imageFeed: Feed<Float32Array> = (part, batch, preprocessing) =>
  FROM_IMAGES[preprocessing.encoding](part, batch, preprocessing);
