import { type Communicator, gather } from '@mfm/mpi';
import { median } from '../timing.ts';
import { busBytesPerSecond, type SumTime } from './network.ts';

/** One message size; `seconds` is the fastest sum's, which other work on the machine has not delayed. */
export interface AllReduceRow extends SumTime {
  readonly medianSeconds: number;
  /** Bytes a second over the busiest link, both ways. */
  readonly busBytesPerSecond: number;
}

/** Bytes that are summed up, from what a loss and a norm take to the gradients of a ViT-B and more. */
export const MESSAGE_BYTES: readonly number[] = [4096, 65_536, 1 << 20, 4 << 20, 25 << 20, 100 << 20, 350 << 20];

/** Fewest and most sums of one size, and about how long they may take together. */
const [FEWEST, MOST, SECONDS] = [8, 300, 3];

/** Runs `work` on every rank at the same time, and gives the slowest rank's seconds. Sums that took part before the start are not in it. */
export async function timeTogether(communicator: Communicator, work: () => Promise<unknown>): Promise<number> {
  await communicator.barrier();
  const start = performance.now();
  await work();
  const own = (performance.now() - start) / 1000;
  return Math.max(...(await gather(communicator, own)));
}

/** Seconds of a sum of each size. Every rank calls it, and gets the same rows. */
export async function measureAllReduce(
  communicator: Communicator,
  sizes: readonly number[] = MESSAGE_BYTES,
  onSize: (bytes: number) => void = () => {},
): Promise<AllReduceRow[]> {
  const rows: AllReduceRow[] = [];
  for (const bytes of sizes) {
    onSize(bytes);
    // Zeros stay zeros, however often they are summed up.
    const data = new Float32Array(bytes / Float32Array.BYTES_PER_ELEMENT);
    const run = () => timeTogether(communicator, () => communicator.allReduce(data));
    await run();
    const runs = Math.round(Math.min(MOST, Math.max(FEWEST, SECONDS / (await run()))));
    const seconds: number[] = [];
    for (let i = 0; i < runs; i++) seconds.push(await run());
    const time = { ranks: communicator.size, bytes, seconds: Math.min(...seconds) };
    rows.push({ ...time, medianSeconds: median(seconds), busBytesPerSecond: busBytesPerSecond(time) });
  }
  return rows;
}
