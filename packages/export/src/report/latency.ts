import { UserError } from '@mfm/cli';
import { type HostTensors, openSession } from '@mfm/onnx';

/** How long runs of a batch take on a device, in milliseconds. */
export interface LatencyRow {
  readonly device: string;
  readonly batch: number;
  readonly runs: number;
  readonly p50: number;
  readonly p95: number;
  /** Images a second at the median. */
  readonly throughput: number;
}

export interface Latency {
  readonly rows: readonly LatencyRow[];
  /** Devices that are not to be had here, and why. */
  readonly missing: readonly { readonly device: string; readonly reason: string }[];
}

/** The value that a share of the sorted values does not exceed, between neighbours as numpy's percentile. */
export function percentile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return low + (high - low) * (place - Math.floor(place));
}

/** Runs before those that count: memory is taken and kernels are chosen in the first ones. */
const WARM_UP = 3;

async function timeRuns(run: () => Promise<unknown>, runs: number): Promise<number[]> {
  for (let i = 0; i < WARM_UP; i++) await run();
  const times: number[] = [];
  for (let i = 0; i < runs; i++) {
    const begin = performance.now();
    await run();
    times.push(performance.now() - begin);
  }
  return times.sort((a, b) => a - b);
}

/**
 * Times a file on every device that is there, inputs and outputs in host memory.
 *
 * @param feedsFor inputs of a batch of this size
 * @param runs of each batch size that count, after a warm-up
 */
export async function measureLatency(
  path: string,
  feedsFor: (batch: number) => HostTensors,
  { devices, batchSizes, runs }: { devices: readonly string[]; batchSizes: readonly number[]; runs: number },
): Promise<Latency> {
  const rows: LatencyRow[] = [];
  const missing: { device: string; reason: string }[] = [];
  for (const device of devices) {
    let session: Awaited<ReturnType<typeof openSession>>;
    try {
      session = await openSession(path, { device });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      missing.push({ device, reason: error.message.replace(/^openSession: device \S+ cannot run ".*?": /, '') });
      continue;
    }
    try {
      for (const batch of batchSizes) {
        const feeds = feedsFor(batch);
        const times = await timeRuns(() => session.run(feeds), runs);
        const [p50, p95] = [percentile(times, 0.5), percentile(times, 0.95)];
        rows.push({ device, batch, runs, p50, p95, throughput: (1000 * batch) / p50 });
      }
    } finally {
      await session.close();
    }
  }
  return { rows, missing };
}
