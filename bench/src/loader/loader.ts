import { createLoader, openDataset, trainTransform } from '@mfm/data';

/** What a loader delivers with a number of worker threads. */
export interface LoaderResult {
  readonly workers: number;
  readonly images: number;
  readonly imagesPerSecond: number;
  /** Images per second of processor time, of all threads: what one core delivers, whatever else runs. */
  readonly imagesPerCoreSecond: number;
}

/** Images before the clock starts: threads start, caches fill. */
const WARM_UP_BATCHES = 2;

/**
 * Times the training transform (random crop, antialiased bicubic resize, flip) over a data set.
 *
 * @param size side of the crops in pixels
 * @param seconds at most this long for each number of workers
 */
export async function benchLoader(
  data: string,
  size: number,
  workers: readonly number[],
  seconds: number,
): Promise<LoaderResult[]> {
  const dataset = await openDataset(data, { imageSize: size });
  try {
    const results: LoaderResult[] = [];
    for (const count of workers) results.push(await timeLoader(dataset, size, count, seconds));
    return results;
  } finally {
    await dataset.close();
  }
}

async function timeLoader(
  dataset: Awaited<ReturnType<typeof openDataset>>,
  size: number,
  workers: number,
  seconds: number,
): Promise<LoaderResult> {
  const transform = trainTransform(size);
  const loader = createLoader(dataset, { batchSize: 64, shuffle: true, dropLast: true, transform, workers });
  let [images, batches, epoch, began, used] = [0, 0, 0, performance.now(), process.cpuUsage()];
  const elapsed = () => (performance.now() - began) / 1000;
  try {
    while (batches <= WARM_UP_BATCHES || elapsed() < seconds) {
      for await (const { indices } of loader.epoch(epoch)) {
        batches++;
        if (batches === WARM_UP_BATCHES) [images, began, used] = [0, performance.now(), process.cpuUsage()];
        else images += indices.length;
        if (batches > WARM_UP_BATCHES && elapsed() >= seconds) break;
      }
      epoch++;
    }
    const taken = elapsed();
    const { user, system } = process.cpuUsage(used);
    const imagesPerCoreSecond = (images * 1e6) / (user + system);
    return { workers, images, imagesPerSecond: images / taken, imagesPerCoreSecond };
  } finally {
    await loader.close();
  }
}
