import { openDataset } from '@mfm/data';
import { createCorruptionPool, nearestTableSize, SEVERITIES } from '@mfm/robustness';

/** What one corruption was timed at. */
export interface CorruptionSpeed {
  readonly corruption: string;
  readonly images: number;
  readonly imagesPerSecond: number;
  /** Processor time of all threads per image, which other programs on the machine do not change. */
  readonly milliseconds: number;
}

/** Side of the images that are timed, in pixels. */
export const SIDE = 224;

/** Different images, for corruptions whose work depends on them. */
export const IMAGES = 16;

/** Images of one request to a thread. */
const BATCH = 8;

/** Requests that wait for each thread, so that a busy machine does not leave it idle. */
const DEPTH = 3;

/** Procedural images, uint8 `[IMAGES, SIDE, SIDE, 3]`, in memory that threads share. */
export async function timedImages(): Promise<Uint8Array> {
  const dataset = await openDataset(`synthetic:${2 * IMAGES}`, { imageSize: SIDE });
  const pixels = new Uint8Array(new SharedArrayBuffer(IMAGES * SIDE * SIDE * 3));
  for (let i = 0; i < IMAGES; i++) pixels.set((await dataset.read(i)).pixels, i * SIDE * SIDE * 3);
  await dataset.close();
  return pixels;
}

/**
 * Images per second of each corruption on threads, all five severities in turn.
 *
 * @param seconds for each corruption, after one batch for every severity and thread that does not count
 */
export async function* corruptionSpeeds(
  names: readonly string[],
  pixels: Uint8Array,
  workers: number,
  seconds: number,
): AsyncGenerator<CorruptionSpeed> {
  const pool = createCorruptionPool(workers);
  const shape = [BATCH, SIDE, SIDE, 3] as const;
  const length = BATCH * SIDE * SIDE * 3;
  const tableSize = nearestTableSize({ width: SIDE, height: SIDE });
  try {
    for (const corruption of names) {
      const run = (request: number) =>
        pool.corrupt({
          ...{ shape, corruption, tableSize, seed: 0 },
          pixels: pixels.subarray((request * length) % pixels.length, ((request * length) % pixels.length) + length),
          indices: Int32Array.from({ length: BATCH }, (_, i) => request * BATCH + i),
          severity: SEVERITIES[request % SEVERITIES.length]!,
        });
      await Promise.all(Array.from({ length: SEVERITIES.length * workers }, (_, request) => run(request)));
      let [requests, done] = [0, 0];
      const cpu = process.cpuUsage();
      const start = performance.now();
      const elapsed = () => (performance.now() - start) / 1000;
      const lane = async () => {
        while (elapsed() < seconds || requests % SEVERITIES.length !== 0) {
          await run(requests++);
          done += BATCH;
        }
      };
      await Promise.all(Array.from({ length: DEPTH * workers }, lane));
      const imagesPerSecond = done / elapsed();
      const { user, system } = process.cpuUsage(cpu);
      yield { corruption, images: done, imagesPerSecond, milliseconds: (user + system) / 1000 / done };
    }
  } finally {
    await pool.close();
  }
}
