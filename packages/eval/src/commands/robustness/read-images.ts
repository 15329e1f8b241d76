import { createLoader, type Dataset, type TransformSpec } from '@mfm/data';
import { type ImageBatch, toImages } from '@mfm/robustness';

/** Images held at once while they are read. */
const BATCH = 64;

/**
 * Reads some images of a data set as one batch, float32 `[N, 3, H, W]` in [0, 1].
 *
 * @param indices which, in this order; undecodable ones are missing if the data set skips them
 */
export async function readImages(
  dataset: Dataset,
  indices: Int32Array,
  transform: TransformSpec,
  workers?: number,
): Promise<ImageBatch> {
  const { size } = transform;
  const images = new Float32Array(indices.length * 3 * size * size);
  const [labels, found] = [new Int32Array(indices.length), new Int32Array(indices.length)];
  const loader = createLoader(dataset, {
    ...{ batchSize: BATCH, transform, subset: indices },
    ...(workers !== undefined && { workers }),
  });
  let count = 0;
  try {
    for await (const { pixels, shape, labels: own, indices: at } of loader.epoch(0)) {
      images.set(toImages({ kind: 'pixels', pixels, shape, labels: own, indices: at }).images, count * 3 * size * size);
      labels.set(own, count);
      found.set(at, count);
      count += own.length;
    }
  } finally {
    await loader.close();
  }
  return {
    kind: 'images',
    images: images.subarray(0, count * 3 * size * size),
    shape: [count, 3, size, size],
    labels: labels.subarray(0, count),
    indices: found.subarray(0, count),
  };
}
