/** What every batch of images tells beside its pixels. */
interface BatchKeys {
  /** True class of each image, int32 `[N]`; what a test is given has the classes of the model that takes it. */
  readonly labels: Int32Array;
  /** Index in the data set of each image, int32 `[N]`: with a seed it keys every random draw, so that chunks and threads change nothing. */
  readonly indices: Int32Array;
  /**
   * Further figures per image that a test finds on its way (queries used, norm of the perturbation, its spectrum, …): float32 `[N · k]`, row by
   * row. They are kept beside the outcomes.
   */
  readonly measured?: Readonly<Record<string, Float32Array>>;
}

/** Images as bytes, as the loader delivers them. */
export interface PixelBatch extends BatchKeys {
  readonly kind: 'pixels';
  /** uint8 RGB `[N, H, W, 3]`. */
  readonly pixels: Uint8Array;
  readonly shape: readonly [N: number, H: number, W: number, C: 3];
}

/** Images that need not lie on the 256 levels: adversarial or filtered ones. */
export interface ImageBatch extends BatchKeys {
  readonly kind: 'images';
  /** float32 RGB `[N, 3, H, W]` in [0, 1]. */
  readonly images: Float32Array;
  readonly shape: readonly [N: number, C: 3, H: number, W: number];
}

/** A batch on its way to a model. */
export type TestBatch = PixelBatch | ImageBatch;

/** The batch as float32 `[N, 3, H, W]` in [0, 1]; bytes become byte / 255. */
export function toImages(batch: TestBatch): ImageBatch {
  if (batch.kind === 'images') return batch;
  const { pixels, shape, kind: _, ...keys } = batch;
  const [count, height, width] = shape;
  const area = height * width;
  const images = new Float32Array(count * 3 * area);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 3; c++) {
      const to = (i * 3 + c) * area;
      for (let p = 0, from = i * 3 * area + c; p < area; p++, from += 3) images[to + p] = pixels[from]! / 255;
    }
  }
  return { kind: 'images', images, shape: [count, 3, height, width], ...keys };
}

/** The batch as uint8 `[N, H, W, 3]`, rounded to the nearest level: all that a model with a byte input can be shown. */
export function toPixels(batch: TestBatch): PixelBatch {
  if (batch.kind === 'pixels') return batch;
  const { images, shape, kind: _, ...keys } = batch;
  const [count, , height, width] = shape;
  const area = height * width;
  const pixels = new Uint8Array(count * 3 * area);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 3; c++) {
      const from = (i * 3 + c) * area;
      for (let p = 0, to = i * 3 * area + c; p < area; p++, to += 3) {
        pixels[to] = Math.min(255, Math.max(0, Math.round(images[from + p]! * 255)));
      }
    }
  }
  return { kind: 'pixels', pixels, shape: [count, height, width, 3], ...keys };
}
